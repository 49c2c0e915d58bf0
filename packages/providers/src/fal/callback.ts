import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import type { Callback } from "@infill/core";
import * as z from "zod";

const TOLERANCE_SECONDS = 300;
/** "Cache the key set, but for no longer than 24 hours". */
const MAX_AGE_MS = 24 * 3_600_000;
/** A flood of forged callbacks must not become a flood of questions for keys. */
const MIN_AGE_MS = 60_000;

/**
 * Tells whether a callback is the vendor's: an Ed25519 signature, by any key of its set, of its request id, its
 * user id, its time and the body's hash, made within five minutes of when it was received.
 *
 * Keys are asked for when the first callback comes, kept, and asked for once more when none fits: they rotate.
 * @param fetchKeys may reject: keys that were fetched before then stay good
 */
export function createVerifier(
  fetchKeys: () => Promise<KeyObject[]>,
  now: () => number,
): (callback: Callback) => Promise<boolean> {
  let latest: { at: number; keys: Promise<KeyObject[]> } | undefined;
  const keysNoOlderThan = (ms: number): Promise<KeyObject[]> => {
    const before = latest;
    if (before !== undefined && now() - before.at <= ms) return before.keys;
    const keys = fetchKeys().catch(() => before?.keys ?? []);
    latest = { at: now(), keys };
    return keys;
  };
  return async (callback) => {
    const signed = readSignature(callback);
    if (signed === undefined) return false;
    const fits = (keys: KeyObject[]) => keys.some((key) => verify(null, signed.message, key, signed.signature));
    return fits(await keysNoOlderThan(MAX_AGE_MS)) || fits(await keysNoOlderThan(MIN_AGE_MS));
  };
}

function readSignature({ headers, bytes, receivedAt }: Callback): { message: Buffer; signature: Buffer } | undefined {
  const [id = "", user = "", time = "", signature = ""] = ["request-id", "user-id", "timestamp", "signature"].map(
    (name) => headers[`x-fal-webhook-${name}`],
  );
  const complete = id !== "" && user !== "" && /^\d{1,12}$/.test(time) && /^[0-9a-f]{128}$/i.test(signature);
  if (!complete || Math.abs(receivedAt / 1000 - Number(time)) > TOLERANCE_SECONDS) return undefined;
  const hash = createHash("sha256").update(bytes).digest("hex");
  return { message: Buffer.from([id, user, time, hash].join("\n")), signature: Buffer.from(signature, "hex") };
}

const Jwk = z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() });

/**
 * The Ed25519 keys of a JSON Web Key Set (RFC 7517); what else is in it is left out.
 * @throws Error where there is none
 */
export function readKeys(body: unknown): KeyObject[] {
  const { data } = z.object({ keys: z.array(z.unknown()) }).safeParse(body);
  const keys = (data?.keys ?? []).flatMap((entry) => {
    const jwk = Jwk.safeParse(entry).data;
    try {
      return jwk === undefined ? [] : [createPublicKey({ key: jwk, format: "jwk" })];
    } catch {
      return [];
    }
  });
  if (keys.length === 0) throw new Error("no Ed25519 key is in the set");
  return keys;
}
