import { createHash, randomBytes } from "node:crypto";
import type { Ids } from "./ports.ts";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's base 32: no i, l, o, u

/** 128 bits as 26 characters. */
function encode128(bytes: Uint8Array): string {
  let value = 0n;
  for (const byte of bytes.subarray(0, 16)) value = (value << 8n) | BigInt(byte);
  let text = "";
  for (let i = 0; i < 26; i++) {
    text = ALPHABET.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return text;
}

/** Ids from the operating system's randomness. */
export const randomIds: Ids = {
  make: (prefix) => `${prefix}_${encode128(randomBytes(16))}`,
  secret: () => randomBytes(32).toString("base64url"),
};

const ID = /^(job|ast|key|evt|req)_[0-9a-hjkmnp-tv-z]{26}$/;

export const isId = (prefix: string, text: string): boolean => ID.test(text) && text.startsWith(`${prefix}_`);

/**
 * The job id that an idempotency key stands for. It is a hash, so that the same key finds the same
 * row without an index: whoever asks twice meets their own job.
 */
export function jobIdFor(scope: {
  namespace: string;
  tenant: string;
  subject: string;
  idempotencyKey: string;
}): string {
  const text = JSON.stringify([scope.namespace, scope.tenant, scope.subject, scope.idempotencyKey]);
  return `job_${encode128(createHash("sha256").update(text).digest())}`;
}

export const sha256Hex = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

/** JSON with sorted keys and no `undefined`: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
