import { createHash, generateKeyPairSync, sign } from "node:crypto";

/** The vendor's signing key, which it may change at any time. */
export interface Signer {
  /** The public key, as a JSON Web Key Set. */
  keys(): object;
  /** The headers of a webhook. @param at ms since the epoch */
  headers(text: string, requestId: string, at: number): Record<string, string>;
  rotate(): void;
}

const USER_ID = "github|1234567";

/** Ed25519 over the lines request id, user id, time in seconds, SHA-256 of the body in hex. */
export function createSigner(): Signer {
  let pair = generateKeyPairSync("ed25519");
  return {
    keys: () => ({ keys: [{ ...pair.publicKey.export({ format: "jwk" }), use: "sig", alg: "EdDSA" }] }),
    headers(text, requestId, at) {
      const time = String(Math.floor(at / 1000));
      const hash = createHash("sha256").update(text).digest("hex");
      const message = [requestId, USER_ID, time, hash].join("\n");
      return {
        "X-Fal-Webhook-Request-Id": requestId,
        "X-Fal-Webhook-User-Id": USER_ID,
        "X-Fal-Webhook-Timestamp": time,
        "X-Fal-Webhook-Signature": sign(null, Buffer.from(message), pair.privateKey).toString("hex"),
      };
    },
    rotate() {
      pair = generateKeyPairSync("ed25519");
    },
  };
}
