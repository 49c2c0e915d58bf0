import { hash, randomBytes } from "node:crypto";
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

const ID = /^(job|ast|key|evt|req|whe)_[0-9a-hjkmnp-tv-z]{26}$/;

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
  return `job_${encode128(hash("sha256", text, "buffer"))}`;
}

/** The id of a picture that its owner knows by another name: the same name finds the same row. */
export function assetIdFor(scope: { tenant: string; name: string }): string {
  const text = JSON.stringify([scope.tenant, scope.name]);
  return `ast_${encode128(hash("sha256", text, "buffer"))}`;
}

/** An id's 128 bits as formats with UUIDs write them. */
export function uuidOf(id: string): string {
  const value = [...id.slice(4)].reduce((bits, char) => (bits << 5n) | BigInt(ALPHABET.indexOf(char)), 0n);
  const hex = value.toString(16).padStart(32, "0");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The id that a UUID was made of; `undefined` for what is none. */
export function idOfUuid(prefix: "job" | "ast", uuid: string): string | undefined {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) return undefined;
  return `${prefix}_${encode128(Buffer.from(uuid.replaceAll("-", ""), "hex"))}`;
}

export const sha256Hex = (data: string | Uint8Array): string => hash("sha256", data);

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
