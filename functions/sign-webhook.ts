import type { SignWebhook } from "@infill/core";
import { Webhook } from "standardwebhooks";

/**
 * Standard Webhooks headers, with a signature by each secret.
 * @param secrets `whsec_…`; several, or one text with spaces between them, while one is being replaced: receivers
 *   verify with either
 */
export const signWebhook =
  (secrets: string | readonly string[]): SignWebhook =>
  (id, timestamp, body) => ({
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": (typeof secrets === "string" ? secrets.split(" ") : secrets)
      .map((each) => new Webhook(each).sign(id, new Date(timestamp * 1000), body))
      .join(" "),
  });
