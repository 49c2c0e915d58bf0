import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import type { DurableExecutionClient } from "@aws/durable-execution-sdk-js";
import { type DurableWorkflow, describeDurable } from "@infill/core/testing";
import { VirtualClock } from "@infill/local/testing";
import { createLocalEngine } from "../packages/local/src/engine/engine.ts";
import { durableHandler } from "./durable.ts";

/** A process that runs a workflow on the local engine. */
function startProcess(workflow: DurableWorkflow, database: DatabaseSync) {
  const clock = new VirtualClock();
  const make = (client: DurableExecutionClient) => durableHandler(workflow, client);
  const engine = createLocalEngine({
    database,
    clock,
    handlers: { inpaint: make, notify: make },
    ids: { secret: () => randomBytes(32).toString("base64url") },
    log: { info() {}, warn() {}, error() {} },
  });
  engine.resume();
  return { engine, clock };
}

describeDurable("the SDK's, on the local engine", (workflow, dies) => {
  const database = new DatabaseSync(":memory:");
  let { engine, clock } = startProcess(workflow, database);
  const start = clock.now();
  return {
    complete: (token) => engine.complete(token),
    elapsed: () => (clock.now() - start) / 1000,
    async toTheEnd() {
      await engine.start("inpaint", "job_1", { jobId: "job_1" });
      if (dies !== undefined) {
        await dies;
        ({ engine, clock } = startProcess(workflow, database));
      }
      const execution = () => engine.execution("inpaint", "job_1");
      await engine.idle();
      while (execution()?.status === "RUNNING" && clock.advanceToNext()) await engine.idle();
      const { status, result, error } = execution() ?? {};
      if (status !== "SUCCEEDED") throw new Error(`the execution is ${status}: ${JSON.stringify(error)}`);
      return JSON.parse(result ?? "null");
    },
  };
});
