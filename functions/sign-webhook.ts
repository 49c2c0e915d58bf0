import type { NotifyDeps } from "@infill/core";
import { Webhook } from "standardwebhooks";

/** Standard Webhooks headers. @param secret `whsec_…` */
export const signWebhook =
  (secret: string): NotifyDeps["sign"] =>
  (id, timestamp, body) => ({
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": new Webhook(secret).sign(id, new Date(timestamp * 1000), body),
  });
