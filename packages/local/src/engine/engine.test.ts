import { DatabaseSync } from "node:sqlite";
import {
  type DurableExecutionClient,
  type DurableExecutionInvocationInput,
  InvocationStatus,
  withDurableExecution,
} from "@aws/durable-execution-sdk-js";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { gate, testEngine } from "./test-engine.ts";

const seconds = (count: number) => count * 1000;
const retryTwice = {
  retryStrategy: (_: Error, attempt: number) => ({ shouldRetry: attempt < 3, delay: { seconds: attempt } }),
};

describe("an execution", () => {
  it("runs its steps in order and keeps the result", async () => {
    const { engine } = testEngine(async ({ job }, context) => {
      const one = await context.step("one", async () => `${job}!`);
      return await context.step("two", async () => ({ one }));
    });
    await engine.start("inpaint", "job_1", { job: "a" });
    await engine.idle();

    expect(engine.execution("inpaint", "job_1")).toMatchObject({
      id: "inpaint/job_1",
      status: "SUCCEEDED",
      result: '{"one":"a!"}',
    });
    expect(engine.history("inpaint", "job_1")).toEqual([
      { type: "STEP", subType: "Step", name: "one", status: "SUCCEEDED" },
      { type: "STEP", subType: "Step", name: "two", status: "SUCCEEDED" },
    ]);
  });

  it("is started once a name, whatever the order of its payload's keys, and refuses another payload", async () => {
    let runs = 0;
    const { engine } = testEngine(async (_, context) => {
      await context.step("count", async () => runs++);
    });
    await engine.start("inpaint", "job_1", { a: "1", b: "2" });
    await engine.start("inpaint", "job_1", { b: "2", a: "1" });
    await expect(engine.start("inpaint", "job_1", { a: "1", b: "3" })).rejects.toMatchObject({
      code: "idempotency_mismatch",
    });
    await engine.idle();
    await engine.start("inpaint", "job_1", { a: "1", b: "2" });
    await engine.idle();
    expect(runs).toBe(1);
  });

  it("may have the name of another workflow's execution", async () => {
    const { engine } = testEngine(async () => "done");
    await engine.start("inpaint", "same", {});
    await engine.start("notify", "same", { other: "payload" });
    await engine.idle();
    expect(engine.execution("notify", "same")?.status).toBe("SUCCEEDED");
  });

  it("begins anew where its steps are another build's, and the tokens it gave out are worth nothing any more", async () => {
    const database = new DatabaseSync(":memory:");
    const clock = new VirtualClock();
    const runs: string[] = [];
    let token = "";
    const old = testEngine(
      async (_, context) => {
        await context.step("begin", async () => runs.push("begin"));
        const [answer, id] = await context.createCallback("answer", { timeout: { seconds: 60 } });
        token = id;
        return answer;
      },
      { database, clock },
    );
    await old.engine.start("inpaint", "job_1", {});
    await old.engine.idle();
    await old.engine.close();

    const next = testEngine(async (_, context) => context.step("otherwise", async () => runs.push("otherwise")), {
      database,
      clock,
    });
    clock.advance(seconds(60));
    await next.engine.idle();
    expect(runs).toEqual(["begin", "otherwise"]);
    expect(next.engine.execution("inpaint", "job_1")?.status).toBe("SUCCEEDED");
    expect(next.engine.history("inpaint", "job_1").map(({ name }) => name)).toEqual(["otherwise"]);
    expect(await next.engine.complete(token)).toBe(false);
  });

  it("fails when its steps are others at every run", async () => {
    let runs = 0;
    const { engine, clock } = testEngine(async (_, context) => {
      await context.step(`run-${++runs}`, async () => null);
      await context.wait("pause", { seconds: 1 });
    });
    await engine.start("inpaint", "job_1", {});
    for (let pauses = 0; pauses < 5; pauses++) {
      await engine.idle();
      clock.advance(seconds(1));
    }
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")).toMatchObject({
      status: "FAILED",
      error: { ErrorType: "NonDeterministicExecutionError" },
    });
  });

  it("keeps the error it failed with", async () => {
    const { engine } = testEngine(async () => {
      throw new TypeError("no such thing");
    });
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")).toMatchObject({
      status: "FAILED",
      error: { ErrorType: "TypeError", ErrorMessage: "no such thing" },
    });
  });

  it("fails when it waits for nothing", async () => {
    const { engine } = testEngine({ handler: () => async () => ({ Status: InvocationStatus.PENDING }) });
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")?.error?.ErrorMessage).toMatch(/no pending operations/);
  });

  it("fails with the numbers when it keeps more than a checkpoint holds", async () => {
    const { engine } = testEngine(async (_, context) => {
      await context.step("picture", async () => "x".repeat(256 * 1024));
    });
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")?.error?.ErrorMessage).toMatch(
      /"picture"'s payload is 262146 bytes; at most 262144/,
    );
  });

  it("cannot be started with too much, or under a name that Lambda refuses", async () => {
    const { engine } = testEngine(async () => "done");
    await expect(engine.start("inpaint", "a", { x: "y".repeat(256 * 1024) })).rejects.toThrow(/262152 bytes/);
    await expect(engine.start("inpaint", "a b", {})).rejects.toThrow(/"a b"/);
  });

  it("replays without running again what is done, also inside a child context", async () => {
    const ran: string[] = [];
    const { engine, clock } = testEngine(async (_, context) => {
      const child = await context.runInChildContext("child", async (inner) => {
        await inner.step("in child", async () => void ran.push("in child"));
        await inner.wait("pause", { seconds: 5 });
        return "from child";
      });
      await context.wait("pause", { seconds: 5 });
      return child;
    });
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    clock.advance(seconds(5));
    await engine.idle();
    clock.advance(seconds(5));
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")?.result).toBe('"from child"');
    expect(ran).toEqual(["in child"]);
  });

  it("works at four executions at one time and at all of them in the end", async () => {
    let now = 0;
    let most = 0;
    const { engine } = testEngine(async ({ n }, context) => {
      return await context.step("work", async () => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
        return Number(n) * 2;
      });
    });
    const names = Array.from({ length: 40 }, (_, n) => `job_${n}`);
    for (const [n, name] of names.entries()) await engine.start("inpaint", name, { n: String(n) });
    await engine.idle();
    expect(names.map((name) => engine.execution("inpaint", name)?.result)).toEqual(names.map((_, n) => String(n * 2)));
    expect(most).toBe(4);
  });

  it("waits for none of another workflow's, however many of those hang", async () => {
    const [hanging, edited] = [gate(), gate()];
    let begun = 0;
    const { engine } = testEngine(async ({ hangs }, context) => {
      await context.step("work", async () => {
        if (hangs === undefined) return edited.resolve();
        begun++;
        await hanging.promise;
      });
    });
    const names = Array.from({ length: 20 }, (_, n) => `evt_${n}`);
    for (const name of names) await engine.start("notify", name, { hangs: "yes" });
    await engine.start("inpaint", "job_1", {});
    await edited.promise;
    expect(begun).toBe(4);
    hanging.resolve();
    await engine.idle();
    expect(names.map((name) => engine.execution("notify", name)?.status)).toEqual(names.map(() => "SUCCEEDED"));
  });
});

describe("time", () => {
  it("ends a wait when it is over and not before", async () => {
    const { engine, clock } = testEngine(async (_, context) => {
      await context.wait("pause", { seconds: 60 });
      return "rested";
    });
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    clock.advance(seconds(60) - 1);
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")?.status).toBe("RUNNING");
    clock.advance(1);
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")?.status).toBe("SUCCEEDED");
  });

  it("brings a failed step's next attempt after the delay it asked for", async () => {
    const attempts: number[] = [];
    const { engine, clock } = testEngine(async (_, context) => {
      return await context.step(
        "flaky",
        async () => {
          attempts.push(clock.now());
          if (attempts.length < 3) throw new Error("not yet");
          return "third time";
        },
        retryTwice,
      );
    });
    const start = clock.now();
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    clock.advance(seconds(1));
    await engine.idle();
    clock.advance(seconds(2));
    await engine.idle();
    expect(attempts.map((at) => at - start)).toEqual([0, 1000, 3000]);
    expect(engine.execution("inpaint", "job_1")?.result).toBe('"third time"');
  });

  it("ends an execution that takes too long, tells so, and refuses what its handler still says", async () => {
    const ended: string[] = [];
    const { engine, clock } = testEngine(
      async (_, context) => {
        await context.createCallback("never");
        await context.step("hang", () => new Promise(() => {}));
      },
      {
        executionTimeoutSeconds: 100,
        onEnded: ({ name, payload, status }) => void ended.push(`${name} ${payload} ${status}`),
      },
    );
    await engine.start("inpaint", "job_1", { jobId: "job_1" });
    clock.advance(seconds(100));
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")?.status).toBe("TIMED_OUT");
    expect(ended).toEqual(['job_1 {"jobId":"job_1"} TIMED_OUT']);
  });

  it("removes an execution that is over after the days it is kept, and frees its name", async () => {
    let runs = 0;
    const { engine, clock } = testEngine(async () => ++runs, { retentionDays: 2 });
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    clock.advance(2 * 86_400_000 + 1);
    await engine.start("inpaint", "job_2", {});
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")).toBeUndefined();
    expect(engine.history("inpaint", "job_1")).toEqual([]);
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    expect(runs).toBe(3);
  });
});

describe("a callback", () => {
  const waiting = (tokens: string[], timeout?: number) =>
    testEngine(async (_, context) => {
      const [completed, token] = await context.createCallback(
        "answer",
        timeout === undefined ? {} : { timeout: { seconds: timeout } },
      );
      await context.step("send", async () => void tokens.push(token));
      return await completed.then(
        () => "completed",
        (error) => (error as Error).name,
      );
    });
  const token = (tokens: string[]): string => tokens[0] ?? "none";

  it("wakes the execution that waits for it", async () => {
    const tokens: string[] = [];
    const { engine } = waiting(tokens);
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    expect(await engine.complete(token(tokens))).toBe(true);
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")?.result).toBe('"completed"');
  });

  it("counts when it comes before anyone waits for it", async () => {
    const { engine } = testEngine(async (_, context) => {
      const [completed, token] = await context.createCallback("answer");
      const accepted = await context.step("send", () => engine.complete(token));
      await completed;
      return accepted;
    });
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")?.result).toBe("true");
  });

  it("reaches a handler that still runs, with its next checkpoint", async () => {
    let invocations = 0;
    const sent = gate<string>();
    const finish = gate();
    const { engine } = testEngine(async (_, context) => {
      invocations++;
      const [completed, token] = await context.createCallback("answer");
      const long = context.step("long", async () => {
        sent.resolve(token);
        await finish.promise;
      });
      await Promise.all([completed, long]);
      return "both";
    });
    await engine.start("inpaint", "job_1", {});
    await engine.complete(await sent.promise);
    finish.resolve();
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")?.result).toBe('"both"');
    expect(invocations).toBe(1);
  });

  it("is not lost when it comes while its execution is about to suspend", async () => {
    const { engine } = testEngine(async (_, context) => {
      const [completed, token] = await context.createCallback("answer");
      // After the last checkpoint, and before the SDK's pause of 20 ms for second thoughts is over.
      setImmediate(() => engine.complete(token));
      await completed;
      return "completed";
    });
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")?.result).toBe('"completed"');
  });

  it("times out when its time is over", async () => {
    const tokens: string[] = [];
    const { engine, clock } = waiting(tokens, 30);
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    clock.advance(seconds(30));
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")?.result).toBe('"CallbackTimeoutError"');
    expect(await engine.complete(token(tokens))).toBe(false);
  });

  it("is completed once, and not at all when unknown or of an execution that is over", async () => {
    const tokens: string[] = [];
    const { engine } = waiting(tokens);
    await engine.start("inpaint", "job_1", {});
    await engine.start("inpaint", "job_2", {});
    await engine.idle();
    expect(await engine.complete("unknown")).toBe(false);
    expect(await engine.complete(token(tokens))).toBe(true);
    expect(await engine.complete(token(tokens))).toBe(false);
    await engine.stop("inpaint/job_2");
    expect(await engine.complete(tokens[1] ?? "none")).toBe(false);
  });

  it("may be left alone", async () => {
    const { engine } = testEngine(async (_, context) => {
      await context.createCallback("never awaited", { timeout: { seconds: 1 } });
      return "done";
    });
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")?.status).toBe("SUCCEEDED");
  });
});

describe("stopping", () => {
  it("ends an execution that waits, tells so, and says false the second time", async () => {
    const ended: string[] = [];
    const { engine, clock } = testEngine(
      async (_, context) => {
        await context.wait({ seconds: 10 });
      },
      { onEnded: ({ id, status }) => void ended.push(`${id} ${status}`) },
    );
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    expect(await engine.stop("inpaint/job_1")).toBe(true);
    expect(await engine.stop("inpaint/job_1")).toBe(false);
    clock.advance(seconds(10));
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")?.status).toBe("STOPPED");
    expect(ended).toEqual(["inpaint/job_1 STOPPED"]);
  });

  it("tells of an end again when the listener threw", async () => {
    let told = 0;
    const { engine, clock } = testEngine(
      async () => {
        throw new Error("broken");
      },
      {
        async onEnded() {
          if (++told === 1) throw new Error("not now");
        },
      },
    );
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    clock.advance(seconds(30));
    await engine.idle();
    clock.advance(seconds(300));
    await engine.idle();
    expect(told).toBe(2);
  });
});

describe("a checkpoint", () => {
  /** A handler that does what the test says with the transport itself. */
  const raw = (use: (client: DurableExecutionClient, event: DurableExecutionInvocationInput) => Promise<void>) => ({
    handler: (client: DurableExecutionClient) => async (event: DurableExecutionInvocationInput) => {
      await use(client, event);
      return { Status: InvocationStatus.SUCCEEDED as const };
    },
  });
  const step = (Id: string) => ({ Id, Type: "STEP", Action: "START" }) as const;

  it("uses its token up", async () => {
    const refusals: unknown[] = [];
    const { engine } = testEngine(
      raw(async (client, { DurableExecutionArn, CheckpointToken }) => {
        await client.checkpoint({ DurableExecutionArn, CheckpointToken, Updates: [step("a")] });
        await client
          .checkpoint({ DurableExecutionArn, CheckpointToken, Updates: [step("b")] })
          .catch((error) => refusals.push(error));
      }),
    );
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    expect(refusals).toMatchObject([
      {
        name: "InvalidParameterValueException",
        message: "Invalid Checkpoint Token",
        $metadata: { httpStatusCode: 400 },
      },
    ]);
    expect(engine.history("inpaint", "job_1")).toHaveLength(1);
  });

  it("is written whole or not at all", async () => {
    const refusals: unknown[] = [];
    const { engine } = testEngine(
      raw(async (client, { DurableExecutionArn, CheckpointToken }) => {
        const Updates = [step("a"), { Id: "w", Type: "WAIT", Action: "SUCCEED" } as const];
        await client
          .checkpoint({ DurableExecutionArn, CheckpointToken, Updates })
          .catch((error) => refusals.push(String(error)));
      }),
    );
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    expect(refusals).toEqual(["InvalidParameterValueException: Invalid update: SUCCEED of a WAIT that is absent"]);
    expect(engine.history("inpaint", "job_1")).toEqual([]);
  });

  it("gives the state back in pages", async () => {
    const pages: (string | undefined)[][] = [];
    const { engine } = testEngine(
      raw(async (client, { DurableExecutionArn, CheckpointToken }) => {
        const Updates = ["a", "b", "c"].map(step);
        const { CheckpointToken: token } = await client.checkpoint({ DurableExecutionArn, CheckpointToken, Updates });
        let Marker: string | undefined;
        do {
          const request = { DurableExecutionArn, CheckpointToken: token, Marker, MaxItems: 3 };
          const page = await client.getExecutionState(request);
          pages.push((page.Operations ?? []).map(({ Id }) => Id));
          Marker = page.NextMarker;
        } while (Marker !== undefined);
      }),
    );
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    expect(pages).toEqual([["execution", "a", "b"], ["c"]]);
  });
});

describe("an invocation", () => {
  it("that broke is made again after 1 s, then 2 s", async () => {
    const calls: number[] = [];
    const { engine, clock, lines } = testEngine({
      handler: () => async () => {
        calls.push(clock.now());
        if (calls.length < 3) throw new Error("out of memory");
        return { Status: InvocationStatus.SUCCEEDED };
      },
    });
    const start = clock.now();
    await engine.start("inpaint", "job_1", {});
    await engine.idle();
    clock.advance(seconds(1));
    await engine.idle();
    clock.advance(seconds(2));
    await engine.idle();
    expect(calls.map((at) => at - start)).toEqual([0, 1000, 3000]);
    expect(lines).toContain("a workflow's invocation broke and will be made again");
  });

  it("that hangs is given up after its time, and what it says later is refused", async () => {
    const hanging = gate<number>();
    const refused = gate<string>();
    let runs = 0;
    const { engine, clock } = testEngine(
      {
        handler: (client) =>
          withDurableExecution(
            (_, context) => context.step("call", async () => (++runs === 1 ? await hanging.promise : runs)),
            {
              durableExecutionClient: {
                getExecutionState: (request) => client.getExecutionState(request),
                async checkpoint(request) {
                  return await client.checkpoint(request).catch((error) => {
                    refused.resolve(String(error));
                    throw error;
                  });
                },
              },
            },
          ),
      },
      { invocationTimeoutSeconds: 60 },
    );
    await engine.start("inpaint", "job_1", {});
    clock.advance(seconds(60));
    await engine.idle();
    hanging.resolve(1);
    expect(await refused.promise).toMatch("Invalid Checkpoint Token");
    clock.advance(seconds(1));
    await engine.idle();
    expect(engine.execution("inpaint", "job_1")).toMatchObject({ status: "SUCCEEDED", result: "2" });
  });
});
