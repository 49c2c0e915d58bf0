import { describe, expect, it } from "vitest";
import { type Durable, type DurableValue, StepInterrupted } from "../durable.ts";

export type DurableWorkflow = (durable: Durable, event: Record<string, string>) => Promise<DurableValue>;

/** One execution of a workflow, on some engine, in virtual time. Its payload is `{ jobId: "job_1" }`. */
export interface DurableBench {
  /** Completes a callback. @returns whether anybody waited */
  complete(token: string): Promise<boolean>;
  /** Seconds since the workflow first ran. */
  elapsed(): number;
  /** What the workflow returned in the end. */
  toTheEnd(): Promise<DurableValue>;
}

/**
 * What core's durable operations keep to, whatever engine gives them. Times are to the second.
 * @param start `dies`: when it resolves, the process at work dies, and another goes on
 */
export function describeDurable(
  name: string,
  start: (workflow: DurableWorkflow, dies?: Promise<void>) => DurableBench,
): void {
  describe(`durable operations: ${name}`, () => {
    it("carry the payload and what a step returned, under one id", async () => {
      const ids = new Set<string>();
      const { toTheEnd } = start(async (durable, event) => {
        ids.add(durable.executionId);
        const echo = await durable.step("echo", async () => event);
        await durable.wait("suspend", 1);
        return echo;
      });
      expect(await toTheEnd()).toEqual({ jobId: "job_1" });
      expect(ids.size).toBe(1);
    });

    it("run a step once that returned, whatever replays follow", async () => {
      let runs = 0;
      const { toTheEnd } = start(async (durable) => {
        const run = await durable.step("count", async () => ++runs);
        await durable.wait("suspend", 1);
        await durable.wait("and again", 1);
        return run;
      });
      expect(await toTheEnd()).toBe(1);
      expect(runs).toBe(1);
    });

    it("try a step five times, after 1, 2, 4 and 8 s, and then throw", async () => {
      const attempts: number[] = [];
      const { toTheEnd, elapsed } = start(async (durable) => {
        try {
          return await durable.step("flaky", async () => {
            attempts.push(elapsed());
            throw new Error("still broken");
          });
        } catch (error) {
          return `gave up: ${(error as Error).message}`;
        }
      });
      expect(await toTheEnd()).toBe("gave up: still broken");
      expect(attempts.map(Math.round)).toEqual([0, 1, 3, 7, 15]);
    });

    it("run a once-step once, and surface its throw as an error", async () => {
      let runs = 0;
      const { toTheEnd } = start(async (durable) => {
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
      expect(await toTheEnd()).toEqual({ message: "refused", interrupted: false });
      expect(runs).toBe(1);
    });

    it("say that a once-step was interrupted when the process died inside it, on every replay", async () => {
      const inStep = Promise.withResolvers<void>();
      let runs = 0;
      const { toTheEnd } = start(async (durable) => {
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
      }, inStep.promise);
      expect(await toTheEnd()).toBe("unknown");
      expect(runs).toBe(1);
    });

    it("run a step again when the process died inside it", async () => {
      const inStep = Promise.withResolvers<void>();
      let runs = 0;
      const { toTheEnd } = start(
        (durable) =>
          durable.step("look", () => {
            runs++;
            inStep.resolve();
            return runs === 1 ? new Promise<never>(() => {}) : Promise.resolve("seen");
          }),
        inStep.promise,
      );
      expect(await toTheEnd()).toBe("seen");
      expect(runs).toBe(2);
    });

    it("settle a callback as completed, once", async () => {
      let token = "";
      const bench = start(async (durable) => {
        const callback = await durable.callback("provider", 60);
        token = callback.token;
        await durable.step("complete", async () => await bench.complete(token));
        return await callback.settled;
      });
      expect(await bench.toTheEnd()).toBe("completed");
      expect(await bench.complete(token)).toBe(false);
    });

    it("settle a callback as timed out, without throwing, also when it is awaited late", async () => {
      const { toTheEnd, elapsed } = start(async (durable) => {
        const { settled } = await durable.callback("provider", 60);
        await durable.wait("sleep past it", 90);
        return await settled;
      });
      expect(await toTheEnd()).toBe("timed-out");
      expect(Math.round(elapsed())).toBe(90);
    });

    it("leave a callback alone that is never awaited, even when it times out", async () => {
      const { toTheEnd } = start(async (durable) => {
        await durable.callback("provider", 1);
        await durable.wait("past its time-out", 5);
        return "done";
      });
      expect(await toTheEnd()).toBe("done");
    });

    it("let a callback be raced by a wait", async () => {
      let decided = Number.NaN;
      const { toTheEnd, elapsed } = start(async (durable) => {
        const { settled } = await durable.callback("provider", 60);
        const first = await Promise.race([settled, durable.wait("patience", 5).then(() => "impatient")]);
        decided = elapsed();
        return first;
      });
      expect(await toTheEnd()).toBe("impatient");
      expect(Math.round(decided)).toBe(5);
    });

    it("sleep for as long as they say", async () => {
      const { toTheEnd, elapsed } = start(async (durable) => {
        await durable.wait("a day", 86_400);
        return "rested";
      });
      expect(await toTheEnd()).toBe("rested");
      expect(Math.round(elapsed())).toBe(86_400);
    });
  });
}
