import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Secrets that sign capability links, by key id. `current` signs; every listed key still opens, so
 * that rotation never breaks a link that is already out.
 */
export interface Keyring {
  current: string;
  keys: Readonly<Record<string, string>>;
}

const MAC_BYTES = 24; // 192 bits: well above guessing, short enough for a URL

const macOf = (secret: string, purpose: string, text: string): Buffer =>
  createHmac("sha256", secret).update(`${purpose}\n${text}`).digest().subarray(0, MAC_BYTES);

/**
 * Makes `{field}.{field}….{exp}.{kid}.{mac}`: whoever holds it may do one thing until `expiresAt`.
 * @param fields text without dots
 * @param expiresAt ms since the epoch; kept in whole seconds
 */
export function signCapability(ring: Keyring, purpose: string, fields: readonly string[], expiresAt: number): string {
  const secret = ring.keys[ring.current];
  if (secret === undefined) throw new Error(`the keyring has no key named ${ring.current}`);
  const text = [...fields, Math.floor(expiresAt / 1000).toString(), ring.current].join(".");
  return `${text}.${macOf(secret, purpose, text).toString("base64url")}`;
}

/**
 * Opens a capability: its fields, or `undefined` when anything at all is wrong with it – the caller
 * learns nothing from how. Compared in constant time, before a single field is believed.
 */
export function openCapability(
  ring: Keyring,
  purpose: string,
  token: string,
  now: number,
): { fields: string[]; expiresAt: number } | undefined {
  const parts = token.split(".");
  if (parts.length < 3 || token.length > 512) return undefined;
  const given = Buffer.from(parts.pop() ?? "", "base64url");
  const kid = parts.at(-1) ?? "";
  const secret = Object.hasOwn(ring.keys, kid) ? ring.keys[kid] : undefined;
  const expected = macOf(secret ?? "no such key", purpose, parts.join("."));
  const genuine = given.length === expected.length && timingSafeEqual(given, expected);
  if (!genuine || secret === undefined) return undefined;
  const expiresAt = Number(parts.at(-2)) * 1000;
  if (!(now < expiresAt)) return undefined;
  return { fields: parts.slice(0, -2), expiresAt };
}
