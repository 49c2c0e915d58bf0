import {
  type DurableContext,
  type DurableExecutionHandler,
  StepSemantics,
  withDurableExecution,
} from "@aws/durable-execution-sdk-js";
import { LocalDurableTestRunner, WaitingOperationStatus } from "@aws/durable-execution-sdk-js-testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testEngine } from "./test-engine.ts";

// AWS's own test runner is the oracle: what it makes of a workflow, the engine must make of it too.
beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

const once = { semantics: StepSemantics.AtMostOncePerRetry, retryStrategy: () => ({ shouldRetry: false }) };
const attempts = (most: number) => ({
  retryStrategy: (_: Error, attempt: number) => ({ shouldRetry: attempt < most, delay: { seconds: attempt } }),
});

interface Case {
  name: string;
  /** Made anew for each of the two, so that neither sees the other's counters. */
  workflow: () => DurableExecutionHandler;
  /** The callback that somebody completes. */
  completes?: string;
}

const cases: Case[] = [
  {
    name: "steps",
    workflow: () => async (_, context: DurableContext) => {
      const a = await context.step("a", async () => 1);
      const b = await context.step("b", async () => ({ deep: ["value", null] }));
      await context.step("nothing", async () => {});
      return { a, b };
    },
  },
  {
    name: "a step that runs once",
    workflow: () => async (_, context: DurableContext) => await context.step("submit", async () => "sent", once),
  },
  {
    name: "a step that runs once and throws",
    workflow: () => async (_, context: DurableContext) => {
      try {
        await context.step("submit", () => Promise.reject(new RangeError("too far")), once);
      } catch (error) {
        return error instanceof Error && [error.name, error.message, error.cause instanceof Error && error.cause.name];
      }
      return "not reached";
    },
  },
  {
    name: "a callback that is completed",
    completes: "provider",
    workflow: () => async (_, context: DurableContext) => {
      const [completed] = await context.createCallback("provider", { timeout: { minutes: 5 } });
      await context.step("submit", async () => "sent", once);
      await completed;
      return await context.step("fetch", async () => "picture");
    },
  },
  {
    name: "a callback that times out",
    workflow: () => async (_, context: DurableContext) => {
      const [completed] = await context.createCallback("provider", { timeout: { seconds: 1 } });
      try {
        await completed;
      } catch (error) {
        return error instanceof Error && error.name;
      }
      return "not reached";
    },
  },
  {
    name: "a callback that nobody awaits",
    workflow: () => async (_, context: DurableContext) => {
      await context.createCallback("provider", { timeout: { minutes: 5 } });
      return await context.step("a", async () => 1);
    },
  },
  {
    name: "waits",
    workflow: () => async (_, context: DurableContext) => {
      await context.wait("short", { seconds: 1 });
      await context.wait("long", { days: 3 });
      return "rested";
    },
  },
  {
    name: "a step that succeeds at its third attempt",
    workflow: () => {
      let calls = 0;
      return async (_, context: DurableContext) =>
        await context.step(
          "flaky",
          async () => {
            if (++calls < 3) throw new Error(`call ${calls}`);
            return calls;
          },
          attempts(3),
        );
    },
  },
  {
    name: "a step that fails for good",
    workflow: () => async (_, context: DurableContext) =>
      await context.step("flaky", () => Promise.reject(new Error("never")), attempts(2)),
  },
  {
    name: "a handler that throws",
    workflow: () => async (_, context: DurableContext) => {
      await context.step("a", async () => 1);
      throw new TypeError("a mistake");
    },
  },
  {
    name: "child contexts and branches",
    workflow: () => async (_, context: DurableContext) => {
      const child = await context.runInChildContext("child", async (inner) => {
        await inner.wait("pause", { seconds: 2 });
        return await inner.step("in child", async () => "c");
      });
      const branches = await context.parallel("both", [
        (branch) => branch.step("left", async () => "l"),
        (branch) => branch.step("right", async () => "r"),
      ]);
      return [child, ...branches.getResults()];
    },
  },
  {
    name: "a condition that is polled",
    workflow: () => async (_, context: DurableContext) =>
      await context.waitForCondition("poll", async (count: number) => count + 1, {
        initialState: 0,
        waitStrategy: (count) =>
          count < 3 ? { shouldContinue: true, delay: { seconds: 10 } } : { shouldContinue: false },
      }),
  },
];

interface Seen {
  operations: unknown[];
  outcome: unknown;
}

async function byTheOracle({ workflow, completes }: Case): Promise<Seen> {
  const runner = new LocalDurableTestRunner({ handlerFunction: withDurableExecution(workflow()) });
  const running = runner.run({ payload: { job: "job_1" } });
  if (completes !== undefined) {
    const callback = await runner.getOperation(completes).waitForData(WaitingOperationStatus.STARTED);
    await callback.sendCallbackSuccess("");
  }
  const result = await running;
  const failed = result.getStatus() === "FAILED";
  return {
    operations: result.getOperations().map((operation) => ({
      type: operation.getType(),
      name: operation.getName(),
      subType: operation.getSubType(),
      status: operation.getStatus(),
    })),
    outcome: failed
      ? { error: [result.getError().errorType, result.getError().errorMessage] }
      : { result: result.getResult() },
  };
}

async function byTheEngine({ workflow, completes }: Case): Promise<Seen> {
  const tokens: string[] = [];
  const { engine, clock } = testEngine(workflow(), {
    ids: {
      secret() {
        const token = `token_${tokens.length}`;
        tokens.push(token);
        return token;
      },
    },
  });
  await engine.start("inpaint", "job_1", { job: "job_1" });
  await engine.idle();
  if (completes !== undefined) {
    for (const token of tokens) await engine.complete(token);
    await engine.idle();
  }
  while (engine.execution("inpaint", "job_1")?.status === "RUNNING" && clock.advanceToNext()) await engine.idle();
  const { error, result } = engine.execution("inpaint", "job_1") ?? {};
  return {
    operations: engine.history("inpaint", "job_1").map((operation) => ({ name: undefined, ...operation })),
    outcome: error
      ? { error: [error.ErrorType, error.ErrorMessage] }
      : { result: result === undefined ? undefined : JSON.parse(result) },
  };
}

describe("the engine does as AWS's own runner does with", () => {
  for (const each of cases)
    it(each.name, async () => {
      const expected = await byTheOracle(each);
      expect(expected.operations).not.toEqual([]);
      expect(await byTheEngine(each)).toEqual(expected);
    });
});
