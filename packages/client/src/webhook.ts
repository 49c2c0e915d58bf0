import { InfillError } from "./errors.ts";

/** A webhook as it was received: its very body, not one that was parsed and written again. */
export interface ReceivedWebhook {
  body: string;
  /** Names in lower case, as Node's, or a `Headers`. */
  headers: Headers | Readonly<Record<string, string | string[] | undefined>>;
}

/** Seconds that a webhook's time may be off. */
const TOLERANCE_SECONDS = 300;

/**
 * Checks a webhook's signature (Standard Webhooks) and gives what it says. A receiver drops an `id` that it
 * has seen: the same webhook may come twice.
 * @param secrets `whsec_…`; several while one is being replaced
 * @throws InfillError `invalid_webhook`
 */
export async function verifyWebhook<T = unknown>(
  { body, headers }: ReceivedWebhook,
  secrets: string | readonly string[],
  { toleranceSeconds = TOLERANCE_SECONDS, now = Date.now() }: { toleranceSeconds?: number; now?: number } = {},
): Promise<{ id: string; payload: T }> {
  const header = (name: string): string => {
    const value = headers instanceof Headers ? headers.get(name) : headers[name];
    return (Array.isArray(value) ? value[0] : value) ?? "";
  };
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header);
  if (!id || !timestamp || !signatures) throw invalid("a header is missing");
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= toleranceSeconds))
    throw invalid("it is too old, or from the future");

  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const given = signatures.split(" ").flatMap((each) => (each.startsWith("v1,") ? [decode(each.slice(3))] : []));
  for (const secret of [secrets].flat()) {
    const raw = decode(secret.replace(/^whsec_/, ""));
    const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    for (const signature of given) {
      // compares in constant time
      if (await crypto.subtle.verify("HMAC", key, signature, signed)) return { id, payload: JSON.parse(body) };
    }
  }
  throw invalid("its signature is not one of ours");
}

const decode = (base64: string): Uint8Array<ArrayBuffer> => {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
};

const invalid = (why: string): InfillError => new InfillError("invalid_webhook", `This is no webhook of ours: ${why}`);
