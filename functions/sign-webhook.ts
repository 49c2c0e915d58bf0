import type { SignWebhook } from "@infill/core";
import { Webhook } from "standardwebhooks";

/**
 * Standard Webhooks headers, with a signature by each secret.
 * @param secrets `whsec_…`; several while one is being replaced: receivers verify with either
 */
export const signWebhook =
  (secrets: readonly string[]): SignWebhook =>
  (id, timestamp, body) => ({
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": secrets.map((each) => new Webhook(each).sign(id, new Date(timestamp * 1000), body)).join(" "),
  });
