import type { Keyring } from "@infill/core";

/** What must never be seen where it does not belong: each names itself. */
const CANARY = "c4n4ry";
/** Of a capability: it is in result links, which callers get, and in callback links, which only vendors do. */
const KEY_ID = "k1d-c4n4ry";

export const SECRETS = {
  vendor: `vendor-${CANARY}`,
  webhook: `whsec_${Buffer.from(`webhook-${CANARY}-0123456789`).toString("base64")}`,
  prompt: `a bench, pr0mpt-${CANARY}`,
};

export const KEYRING: Keyring = { current: KEY_ID, keys: { [KEY_ID]: `links-${CANARY}` } };

/** What a caller's key has in it. */
export const apiSecret = (name: string): string => `${CANARY}-${name}`.padEnd(43, "0");

/** Whether a text holds a secret, or a capability link where none may be. */
export const leaks = (text: string, { links }: { links: "allowed" | "never" }): boolean =>
  text.includes(SECRETS.webhook) || (links === "allowed" ? text.replaceAll(KEY_ID, "") : text).includes(CANARY);
