import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepAsking } from "./schedule.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

test("each stream is asked at its own even pace, whether answers come or not", async () => {
  const at: Record<"quick" | "slow", number[]> = { quick: [], slow: [] };
  const began = performance.now();
  const asked = keepAsking(
    {
      quick: { perSecond: 4, ask: async () => void at.quick.push(performance.now() - began) },
      slow: {
        perSecond: 2,
        async ask() {
          at.slow.push(performance.now() - began);
          await pause(30_000);
        },
      },
    },
    1,
  );
  await vi.runAllTimersAsync();
  const { quick, slow } = await asked;
  expect(at).toEqual({ quick: [0, 250, 500, 750], slow: [0, 500] });
  expect(quick.latencies).toEqual([0, 0, 0, 0]);
  expect(slow.latencies).toEqual([30_000, 30_000]);
});

test("what fails is counted by what it was, and has no latency", async () => {
  const asked = keepAsking(
    {
      one: {
        perSecond: 10,
        async ask(i) {
          if (i % 5 === 0) throw new Error("503 rate_limited");
        },
      },
    },
    1,
  );
  await vi.runAllTimersAsync();
  const { one } = await asked;
  expect(one.latencies).toHaveLength(8);
  expect(one.failures).toEqual({ "503 rate_limited": 2 });
});
