import { createHmac, timingSafeEqual } from "node:crypto";
import type { Callback } from "@infill/core";

/**
 * What the vendor signs a job's callback with. Derived instead of stored: whoever has the key can tell
 * it again, and nobody else learns anything of the key.
 */
export const webhookSecret = (key: string, jobId: string): string =>
  createHmac("sha256", key).update(`bfl-webhook:${jobId}`).digest("hex");

/** Whether a callback bears `X-BFL-Signature: sha256=<hex HMAC-SHA256 of the body as it came>`. */
export function isSigned({ headers, bytes }: Pick<Callback, "headers" | "bytes">, secret: string): boolean {
  const [, given] = /^sha256=([0-9a-f]{64})$/i.exec(headers["x-bfl-signature"] ?? "") ?? [];
  const expected = createHmac("sha256", secret).update(bytes).digest();
  return given !== undefined && timingSafeEqual(Buffer.from(given, "hex"), expected);
}
