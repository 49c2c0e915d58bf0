import type { DurableExecutionClient, DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import { type NotifyDeps, notifyWorkflow } from "@infill/core";
import { Webhook } from "standardwebhooks";
import * as z from "zod";
import { durableHandler } from "./durable.ts";

const payload = z.object({ eventId: z.string() });

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

/** The durable delivery of one outgoing event. */
export const notifyHandler = (deps: NotifyDeps, client?: DurableExecutionClient): DurableLambdaHandler =>
  durableHandler((durable, event) => notifyWorkflow(durable, deps, payload.parse(event)), client);
