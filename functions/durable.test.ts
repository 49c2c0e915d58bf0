import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import type { DurableExecutionClient } from "@aws/durable-execution-sdk-js";
import { type Durable, type DurableValue, StepInterrupted } from "@infill/core";
import { VirtualClock } from "@infill/local/testing";
import { describe, expect, it } from "vitest";
import { createLocalEngine } from "../packages/local/src/engine/engine.ts";
import { durableHandler } from "./durable.ts";

type Workflow = (durable: Durable, event: Record<string, string>) => Promise<DurableValue>;

/** Runs a workflow on the local engine, in virtual time. */
function running(workflow: Workflow, database = new DatabaseSync(":memory:")) {
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
  const start = clock.now();
  return {
    engine,
    clock,
    elapsed: () => (clock.now() - start) / 1000,
    async toTheEnd() {
      await engine.start("inpaint", "job_1", { jobId: "job_1" });
      await engine.idle();
      while (engine.execution("inpaint", "job_1")?.status === "RUNNING" && clock.advanceToNext()) await engine.idle();
      const { status, result, error } = engine.execution("inpaint", "job_1") ?? {};
      return { status, result: result && JSON.parse(result), error };
    },
  };
}

describe("the durable operations of a workflow", () => {
  it("carry the payload, the execution's id and what a step returned", async () => {
    const { toTheEnd } = running(async (durable, event) => ({
      ...(await durable.step("echo", async () => event)),
      executionId: durable.executionId,
    }));
    expect((await toTheEnd()).result).toEqual({ jobId: "job_1", executionId: "inpaint/job_1" });
  });

  it("try a step five times, after 1, 2, 4 and 8 s, and then throw", async () => {
    const attempts: number[] = [];
    const { toTheEnd, elapsed } = running(async (durable) => {
      try {
        return await durable.step("flaky", async () => {
          attempts.push(elapsed());
          throw new Error("still broken");
        });
      } catch (error) {
        return `gave up: ${(error as Error).message}`;
      }
    });
    expect((await toTheEnd()).result).toBe("gave up: still broken");
    expect(attempts).toEqual([0, 1, 3, 7, 15]);
  });

  it("run a once-step once, and surface its throw as an error", async () => {
    let runs = 0;
    const { toTheEnd } = running(async (durable) => {
      const submitted = durable.step(
        "submit",
        async () => {
          runs++;
          throw new TypeError("refused");
        },
        "once",
      );
      const seen = await submitted.catch((error) => error);
      return { message: seen.message, interrupted: seen instanceof StepInterrupted };
    });
    expect((await toTheEnd()).result).toEqual({ message: "refused", interrupted: false });
    expect(runs).toBe(1);
  });

  it("say that a once-step was interrupted when the process died inside it, on every replay", async () => {
    const database = new DatabaseSync(":memory:");
    const inStep = Promise.withResolvers<void>();
    let runs = 0;
    const workflow: Workflow = async (durable) => {
      const submit = () => {
        runs++;
        inStep.resolve();
        return new Promise<never>(() => {});
      };
      const outcome = await durable
        .step("submit", submit, "once")
        .catch((error) => (error instanceof StepInterrupted ? "unknown" : "wrong"));
      await durable.wait("suspend", 1);
      return outcome;
    };
    await running(workflow, database).engine.start("inpaint", "job_1", { jobId: "job_1" });
    await inStep.promise;
    expect((await running(workflow, database).toTheEnd()).result).toBe("unknown");
    expect(runs).toBe(1);
  });

  it("settle a callback as completed", async () => {
    let token = "";
    const { engine, toTheEnd } = running(async (durable) => {
      const callback = await durable.callback("provider", 60);
      token = callback.token;
      await durable.step("complete", async () => await engine.complete(token));
      return await callback.settled;
    });
    expect((await toTheEnd()).result).toBe("completed");
    expect(await engine.complete(token)).toBe(false);
  });

  it("settle a callback as timed out, without throwing, also when it is awaited late", async () => {
    const { toTheEnd, elapsed } = running(async (durable) => {
      const { settled } = await durable.callback("provider", 60);
      await durable.wait("sleep past it", 90);
      return await settled;
    });
    expect((await toTheEnd()).result).toBe("timed-out");
    expect(elapsed()).toBe(90);
  });

  it("leave a callback alone that is never awaited, even when it times out", async () => {
    const { toTheEnd } = running(async (durable) => {
      await durable.callback("provider", 1);
      await durable.wait("past its time-out", 5);
      return "done";
    });
    expect(await toTheEnd()).toMatchObject({ status: "SUCCEEDED", result: "done" });
  });

  it("let a callback be raced by a wait", async () => {
    const { toTheEnd, elapsed } = running(async (durable) => {
      const { settled } = await durable.callback("provider", 60);
      return await Promise.race([settled, durable.wait("patience", 5).then(() => "impatient")]);
    });
    expect((await toTheEnd()).result).toBe("impatient");
    expect(elapsed()).toBe(5);
  });

  it("sleep for as long as they say", async () => {
    const { toTheEnd, elapsed } = running(async (durable) => {
      await durable.wait("a day", 86_400);
      return "rested";
    });
    expect((await toTheEnd()).result).toBe("rested");
    expect(elapsed()).toBe(86_400);
  });
});
