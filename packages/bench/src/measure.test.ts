import { expect, test } from "vitest";
import { interleave, ratioOf, spreadOf } from "./measure.ts";

test("a spread is the median and the middle half", () => {
  expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4, samples: 5 });
  expect(spreadOf([1, 2])).toEqual({ median: 1.5, low: 1.25, high: 1.75, samples: 2 });
  expect(() => spreadOf([])).toThrow("at least 1 sample, got 0");
});

test("contenders take turns, and each begins as often", async () => {
  const order: string[] = [];
  const turn = (name: string) => async () => order.push(name);
  await interleave({ a: turn("a"), b: turn("b") }, { rounds: 4, warmups: 0 });
  expect(order.join("")).toBe("abbaabba");
});

test("warm-up rounds run and do not count", async () => {
  let calls = 0;
  const samples = await interleave({ a: async () => ++calls }, { rounds: 2, warmups: 3 });
  expect(samples.a).toEqual([4, 5]);
});

test("a ratio is taken within each round, so a machine that slows down does not move it", () => {
  expect(ratioOf([10, 20, 400], [5, 10, 200])).toMatchObject({ median: 2, low: 2, high: 2 });
});
