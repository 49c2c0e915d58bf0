import type { DurableExecutionClient, DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import { type NotifyDeps, notifyWorkflow } from "@infill/core";
import { Webhook } from "standardwebhooks";
import * as z from "zod";
import { durableHandler } from "./durable.ts";

const payload = z.object({ eventId: z.string() });

/** Standard Webhooks headers. @param secret `whsec_…` */
export const signWebhook =
  (secret: string): NotifyDeps["sign"] =>
  (id, timestamp, body) => ({
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": new Webhook(secret).sign(id, new Date(timestamp * 1000), body),
  });

/** The durable delivery of one outgoing event. */
export const notifyHandler = (deps: NotifyDeps, client?: DurableExecutionClient): DurableLambdaHandler =>
  durableHandler((durable, event) => notifyWorkflow(durable, deps, payload.parse(event)), client);
