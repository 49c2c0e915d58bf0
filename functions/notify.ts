import type { DurableExecutionClient, DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import { type NotifyDeps, notifyWorkflow } from "@infill/core";
import * as z from "zod";
import { durableHandler } from "./durable.ts";

const payload = z.object({ eventId: z.string(), endpoint: z.string().optional(), replay: z.string().optional() });

/** The durable delivery of one outgoing event. */
export const notifyHandler = (deps: NotifyDeps, client?: DurableExecutionClient): DurableLambdaHandler =>
  durableHandler((durable, event) => notifyWorkflow(durable, deps, payload.parse(event)), client);
