import { createHmac } from "node:crypto";
import type { Keyring, TokenGrant } from "@infill/core";

/** What a token says besides who it is for. Short names: a phone sends it with every request. */
interface Claims {
  tenant: string;
  /** The API key that minted it. */
  key: string;
  models?: string[];
  jobs?: number;
  spend?: number;
}

const TYPE = "infill-client+jwt";

/** Of the ring's secrets, for this purpose alone: a link's signature is no token's. */
const keyFor = (secret: string): Uint8Array => createHmac("sha256", secret).update("client token").digest();

/** Whether a bearer's text is meant as a token: three parts, the first of them JSON. */
export const looksLikeToken = (text: string): boolean => /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(text);

/**
 * Signs a client token (JWT, HS256) with the ring's current key, which its header names.
 * @param namespace app and stage: a token of one deployment is worth nothing in another
 */
export async function signToken(
  { keyring, namespace }: { keyring: Keyring; namespace: string },
  { tenant, keyId, token, now }: { tenant: string; keyId: string; token: TokenGrant; now: number },
): Promise<string> {
  const secret = keyring.keys[keyring.current];
  if (secret === undefined) throw new Error(`the keyring has no key named ${keyring.current}`);
  const { SignJWT } = await import("jose/jwt/sign");
  const { id, user, models, jobs, spend, expiresAt } = token;
  const claims: Claims = {
    tenant,
    key: keyId,
    ...(models === undefined ? {} : { models }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(spend === undefined ? {} : { spend }),
  };
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "HS256", typ: TYPE, kid: keyring.current })
    .setIssuer(namespace)
    .setSubject(user)
    .setJti(id)
    .setIssuedAt(Math.floor(now / 1000))
    .setExpirationTime(Math.floor(expiresAt / 1000))
    .sign(keyFor(secret));
}

/** What a genuine token of this deployment grants; `undefined` for whatever is wrong with one. */
export async function openToken(
  { keyring, namespace }: { keyring: Keyring; namespace: string },
  text: string,
  now: number,
): Promise<{ keyId: string; tenant: string; token: TokenGrant } | undefined> {
  const { jwtVerify } = await import("jose/jwt/verify");
  try {
    const { payload } = await jwtVerify<Claims>(
      text,
      ({ kid = "" }) => {
        const secret = Object.hasOwn(keyring.keys, kid) ? keyring.keys[kid] : undefined;
        if (secret === undefined) throw new Error("no such key");
        return keyFor(secret);
      },
      {
        algorithms: ["HS256"],
        typ: TYPE,
        issuer: namespace,
        currentDate: new Date(now),
        requiredClaims: ["sub", "jti", "exp"],
      },
    );
    const { sub = "", jti = "", exp = 0, key, tenant, models, jobs, spend } = payload;
    const granted = {
      ...(models === undefined ? {} : { models }),
      ...(jobs === undefined ? {} : { jobs }),
      ...(spend === undefined ? {} : { spend }),
    };
    return { keyId: key, tenant, token: { id: jti, user: sub, expiresAt: exp * 1000, ...granted } };
  } catch {
    return undefined;
  }
}
