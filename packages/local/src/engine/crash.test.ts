import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  type DurableContext,
  type DurableExecutionClient,
  type DurableExecutionHandler,
  StepSemantics,
  withDurableExecution,
} from "@aws/durable-execution-sdk-js";
import { afterAll, describe, expect, it } from "vitest";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { gate, testEngine } from "./test-engine.ts";

const directory = mkdtempSync(join(tmpdir(), "engine-"));
afterAll(() => rmSync(directory, { recursive: true }));

const once = { semantics: StepSemantics.AtMostOncePerRetry, retryStrategy: () => ({ shouldRetry: false }) };
const memory = () => new DatabaseSync(":memory:");

/** A handler whose process dies at its `n`th checkpoint: nothing it would do afterwards happens. */
function dyingAt(n: number, when: "before" | "after", workflow: DurableExecutionHandler, died: () => void) {
  return {
    handler(client: DurableExecutionClient) {
      let count = 0;
      const dying: DurableExecutionClient = {
        getExecutionState: (request) => client.getExecutionState(request),
        async checkpoint(request) {
          const last = ++count === n;
          const response = last && when === "before" ? undefined : await client.checkpoint(request);
          if (!last && response) return response;
          died();
          return new Promise(() => {});
        },
      };
      return withDurableExecution(workflow, { durableExecutionClient: dying });
    },
  };
}

describe("after a crash", () => {
  it("never runs a step again that must run once, whichever checkpoint the process died at", async () => {
    let checkpoints = 0;
    for (const when of ["before", "after"] as const)
      for (let n = 1, survived = false; !survived; n++) {
        const database = memory();
        let submits = 0;
        let tokens: string[] = [];
        const workflow: DurableExecutionHandler = async (_, context: DurableContext) => {
          const [completed, token] = await context.createCallback("provider", { timeout: { seconds: 60 } });
          tokens = [token];
          const submitted = await context.step("submit", async () => ++submits && "sent", once).catch(() => "unknown");
          await context.step("note", async () => submitted);
          const answer = await completed.then(
            () => "answered",
            () => "timed out",
          );
          await context.wait("pause", { seconds: 10 });
          return [submitted, answer];
        };
        const died = gate<"died">();
        const dying = dyingAt(n, when, workflow, () => died.resolve("died"));
        // Its clock never moves again once it is dead, so nothing of it wakes.
        const { engine, clock: clockOfTheDead } = testEngine(dying, { database });
        await engine.start("inpaint", "job_1", {});
        for (;;) {
          if ((await Promise.race([died.promise, engine.idle()])) === "died") break;
          survived = engine.execution("inpaint", "job_1")?.status !== "RUNNING";
          if (survived) break;
          if (!(await engine.complete(tokens[0] ?? ""))) clockOfTheDead.advanceToNext();
        }
        checkpoints = Math.max(checkpoints, n);

        const clock = new VirtualClock(clockOfTheDead.now());
        const { engine: next } = testEngine(workflow, { database, clock });
        await next.idle();
        while (next.execution("inpaint", "job_1")?.status === "RUNNING") {
          if (!(await next.complete(tokens[0] ?? ""))) clock.advanceToNext();
          await next.idle();
        }
        const end = next.execution("inpaint", "job_1");
        expect(end?.status).toBe("SUCCEEDED");
        expect(submits).toBeLessThanOrEqual(1);
        expect(['["sent","answered"]', '["unknown","answered"]']).toContain(end?.result);
        if (end?.result?.includes("sent")) expect(submits).toBe(1);
      }
    expect(checkpoints).toBeGreaterThan(5);
  });

  it("runs a retried step again whose effect was there and whose checkpoint was not", async () => {
    const database = memory();
    const died = gate();
    let effects = 0;
    const workflow: DurableExecutionHandler = async (_, context: DurableContext) =>
      await context.step("effect", async () => ++effects);
    const { engine } = testEngine(dyingAt(1, "before", workflow, died.resolve), { database });
    await engine.start("inpaint", "job_1", {});
    await died.promise;
    expect(effects).toBe(1);

    const { engine: next } = testEngine(workflow, { database });
    await next.idle();
    expect(next.execution("inpaint", "job_1")?.result).toBe("2");
  });

  it("lets waits, retries and callbacks go on whose time came while no engine was there", async () => {
    const database = memory();
    const clock = new VirtualClock();
    const workflow: DurableExecutionHandler = async (_, context: DurableContext) => {
      const [completed] = await context.createCallback("answer", { timeout: { seconds: 20 } });
      await context.wait("pause", { seconds: 10 });
      return await completed.then(
        () => "answered",
        () => "timed out",
      );
    };
    const { engine } = testEngine(workflow, { database, clock });
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    await engine.close();
    clock.advance(3_600_000);
    const { engine: next } = testEngine(workflow, { database, clock });
    await next.idle();
    expect(next.execution("inpaint", "job_1")?.result).toBe('"timed out"');
  });

  it("refuses what the dead one's step still wants to say", async () => {
    const database = memory();
    const inStep = gate();
    const answer = gate<string>();
    const workflow: DurableExecutionHandler = async (_, context: DurableContext) =>
      await context.step(
        "submit",
        () => {
          inStep.resolve();
          return answer.promise;
        },
        once,
      );
    const { engine, lines } = testEngine(workflow, { database });
    await engine.start("inpaint", "job_1", {});
    await inStep.promise;
    const { engine: next } = testEngine(
      async (_, context) => {
        return await context.step("submit", async () => "again", once).catch((error) => (error as Error).name);
      },
      { database },
    );
    await next.idle();
    answer.resolve("late");
    await engine.idle();
    expect(next.execution("inpaint", "job_1")?.result).toBe('"StepError"');
    expect(next.history("inpaint", "job_1")).toMatchObject([{ name: "submit", status: "FAILED" }]);
    expect(lines).toEqual([]);
  });

  it("an older engine lays down its work when a newer one has the database", async () => {
    const database = memory();
    const workflow: DurableExecutionHandler = async (_, context: DurableContext) => {
      await context.step("held", () => held.promise);
      await context.wait("pause", { seconds: 10 });
    };
    let held = gate();
    const first = held;
    const { engine: older, lines } = testEngine(workflow, { database });
    await older.start("inpaint", "job_1", {});
    held = gate();
    const { engine: newer } = testEngine(workflow, { database });
    first.resolve();
    await older.idle();
    expect(lines).toEqual(["another engine has taken over this database; this one stops"]);
    await expect(older.start("inpaint", "job_2", {})).rejects.toThrow("closed");
    held.resolve();
    await newer.idle();
    expect(newer.history("inpaint", "job_1")).toMatchObject([{ status: "SUCCEEDED" }, { status: "STARTED" }]);
  });

  it("tells of an end that the dead process had not told yet", async () => {
    const database = memory();
    const workflow: DurableExecutionHandler = () => Promise.reject(new Error("broken"));
    const { engine } = testEngine(workflow, { database, onEnded: () => new Promise(() => {}) });
    await engine.start("inpaint", "job_1", {});
    const told = gate<string>();
    testEngine(workflow, { database, onEnded: ({ id }) => told.resolve(id) });
    expect(await told.promise).toBe("inpaint/job_1");
  });

  it("a process that was killed with SIGKILL inside a step that must run once leaves it unknown, once", async () => {
    const database = join(directory, "killed.sqlite");
    const effects = join(directory, "effects");
    const child = () =>
      spawn(process.execPath, [join(import.meta.dirname, "crash.child.ts"), database, effects], {
        stdio: ["ignore", "pipe", "inherit"],
      });
    const killed = child();
    const exit = new Promise((resolve) => killed.once("exit", (_, signal) => resolve(signal)));
    await new Promise((resolve) => killed.stdout.once("data", resolve));
    killed.kill("SIGKILL");
    expect(await exit).toBe("SIGKILL");

    const restarted = child();
    let said = "";
    for await (const chunk of restarted.stdout) said += chunk;
    expect(said).toContain('"StepInterruptedError"');
    expect(readFileSync(effects, "utf8")).toBe("submitted\n");
  });
});

describe("closing", () => {
  it("writes down what a running step says, begins no other, and the next engine goes on from there", async () => {
    const database = memory();
    const inStep = gate();
    const answer = gate<string>();
    const ran: string[] = [];
    const workflow: DurableExecutionHandler = async (_, context: DurableContext) => {
      const first = await context.step(
        "first",
        () => {
          ran.push("first");
          inStep.resolve();
          return answer.promise;
        },
        once,
      );
      return await context.step("second", async () => ran.push("second") && `${first} and second`, once);
    };
    const { engine } = testEngine(workflow, { database });
    await engine.start("inpaint", "job_1", {});
    await inStep.promise;
    const closed = engine.close();
    answer.resolve("first");
    await closed;
    expect(engine.history("inpaint", "job_1")).toMatchObject([{ name: "first", status: "SUCCEEDED" }]);
    await expect(engine.start("inpaint", "job_2", {})).rejects.toThrow("closed");

    const { engine: next } = testEngine(workflow, { database });
    await next.idle();
    expect(next.execution("inpaint", "job_1")?.result).toBe('"first and second"');
    expect(ran).toEqual(["first", "second"]);
  });

  it("begins no step that must run once, which would count as interrupted", async () => {
    const database = memory();
    const workflow: DurableExecutionHandler = async (_, context: DurableContext) => {
      await context.step("first", async () => "first");
      closed ??= engine.close();
      return await context.step("second", async () => "second", once);
    };
    let closed: Promise<void> | undefined;
    const { engine } = testEngine(workflow, { database });
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    await closed;
    expect(engine.history("inpaint", "job_1")).toMatchObject([{ name: "first" }]);

    const { engine: next } = testEngine(workflow, { database });
    await next.idle();
    expect(next.execution("inpaint", "job_1")?.result).toBe('"second"');
  });

  it("waits no longer than the grace for a step or for a listener", async () => {
    const inStep = gate();
    const heard = gate();
    const { engine, clock } = testEngine(
      async (_, context) => {
        await context.step("hang", () => {
          inStep.resolve();
          return new Promise(() => {});
        });
      },
      {
        onEnded: () => {
          heard.resolve();
          return new Promise(() => {});
        },
      },
    );
    await engine.start("inpaint", "job_1", {});
    await engine.start("inpaint", "job_2", {});
    await inStep.promise;
    await engine.stop("inpaint/job_1");
    await heard.promise;
    let closed = false;
    const closing = engine.close({ graceMs: 1000 }).then(() => {
      closed = true;
    });
    clock.advance(999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    clock.advance(1);
    await closing;
  });
});
