import type { NotifyDeps } from "@infill/core";
import { Webhook } from "standardwebhooks";

/**
 * Standard Webhooks headers.
 * @param secret the deployment's `whsec_…`; several, with spaces between them, while one is being replaced:
 *   receivers verify with either. An endpoint that has secrets of its own is signed to by those alone
 */
export const signWebhook =
  (secret: string): NotifyDeps["sign"] =>
  (id, timestamp, body, secrets = secret.split(" ")) => ({
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": secrets.map((each) => new Webhook(each).sign(id, new Date(timestamp * 1000), body)).join(" "),
  });
