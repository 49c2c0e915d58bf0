import { expect, test } from "vitest";
import { CLASSES, histogramOf, percentile } from "./latency.ts";

test("a histogram counts each latency once, an end in the class that it ends", () => {
  const counts = histogramOf([0.2, 1, 1.1, 2, 4999, 5000, 5001, 90_000]);
  expect(counts).toHaveLength(CLASSES.length + 1);
  expect([counts[0], counts[1], counts.at(-2), counts.at(-1)]).toEqual([2, 2, 2, 2]);
});

test("a percentile is one of the latencies, whatever their order", () => {
  const latencies = [5, 1, 4, 2, 3];
  expect([0, 0.2, 0.5, 0.99, 1].map((share) => percentile(latencies, share))).toEqual([1, 1, 3, 5, 5]);
  expect(() => percentile([], 0.5)).toThrow(RangeError);
});
