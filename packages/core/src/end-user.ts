import { createHmac } from "node:crypto";
import type { Keyring } from "./capability.ts";

/**
 * What a vendor is told an end user by: the same for all of their edits, so that it can act against one who
 * abuses it, and telling nobody who that is. Another after the key that signs is changed.
 * @returns 32 characters
 */
export function endUserHash({ current, keys }: Keyring, tenant: string, user: string): string {
  const secret = keys[current];
  if (secret === undefined) throw new Error(`the keyring has no key named ${current}`);
  const name = JSON.stringify([tenant, user]);
  return createHmac("sha256", secret).update(`end-user\n${name}`).digest().subarray(0, 24).toString("base64url");
}
