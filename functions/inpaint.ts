import type { DurableExecutionClient, DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import { inpaintWorkflow, type WorkflowDeps } from "@infill/core";
import * as z from "zod";
import { durableHandler } from "./durable.ts";

const payload = z.object({ jobId: z.string() });

/** The durable workflow of one job: the very handler that Lambda runs, and the local engine too. */
export const inpaintHandler = (deps: WorkflowDeps, client?: DurableExecutionClient): DurableLambdaHandler =>
  durableHandler((durable, event) => inpaintWorkflow(durable, deps, payload.parse(event)), client);
