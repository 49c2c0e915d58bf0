import type { NotifyDeps } from "@infill/core";
import { Webhook } from "standardwebhooks";

/**
 * Standard Webhooks headers.
 * @param secret `whsec_…`; several, with spaces between them, while one is being replaced: receivers verify with either
 */
export const signWebhook =
  (secret: string): NotifyDeps["sign"] =>
  (id, timestamp, body) => ({
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": secret
      .split(" ")
      .map((each) => new Webhook(each).sign(id, new Date(timestamp * 1000), body))
      .join(" "),
  });
