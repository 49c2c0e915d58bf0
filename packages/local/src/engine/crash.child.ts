// The process that crash.test.ts kills: started again on the same database, it says how the workflow ended.
import { randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import {
  type DurableContext,
  type DurableExecutionClient,
  StepSemantics,
  withDurableExecution,
} from "@aws/durable-execution-sdk-js";
import { systemClock } from "../system-clock.ts";
import { createLocalEngine } from "./engine.ts";

const [, , database = "", effects = ""] = process.argv;

const make = (durableExecutionClient: DurableExecutionClient) =>
  withDurableExecution(
    async (_: unknown, context: DurableContext) => {
      try {
        return await context.step(
          "submit",
          () => {
            appendFileSync(effects, "submitted\n");
            process.stdout.write("in the step\n");
            return new Promise<never>(() => {});
          },
          { semantics: StepSemantics.AtMostOncePerRetry, retryStrategy: () => ({ shouldRetry: false }) },
        );
      } catch (error) {
        return error instanceof Error && error.cause instanceof Error && error.cause.name;
      }
    },
    { durableExecutionClient },
  );

const engine = createLocalEngine({
  database,
  handlers: { inpaint: make, notify: make },
  clock: systemClock,
  ids: { secret: () => randomBytes(32).toString("base64url") },
  log: { info() {}, warn: console.error, error: console.error },
});
engine.resume();
await engine.start("inpaint", "job_1", {});
await engine.idle();
process.stdout.write(`${engine.execution("inpaint", "job_1")?.result}\n`);
await engine.close();
