import { expect, test } from "vitest";
import { benchmarks } from "./index.ts";

test.each(benchmarks)("$name runs and reports finite figures and ratios", async (benchmark) => {
  const { figures, ratios, notes } = await benchmark.run({ effort: "smoke", progress: () => {} });

  expect(ratios.length).toBeGreaterThan(0);
  expect(notes.length).toBeGreaterThan(0);
  for (const { what, median, low, high } of [...figures, ...ratios])
    for (const value of [median, low, high]) {
      expect(value, what).toSatisfy(Number.isFinite);
      // what one took beyond another may come out as less than nothing, where others are at work
      if (!what.includes("beyond")) expect(value, what).toBeGreaterThan(0);
    }
});
