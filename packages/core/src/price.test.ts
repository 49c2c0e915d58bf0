import { expect, test } from "vitest";
import type { ModelRecord } from "./model.ts";
import { priceOf } from "./price.ts";

const model: Pick<ModelRecord, "price" | "sizes"> = {
  sizes: { kind: "range", min: 64, max: 1024, multipleOf: 8, preferred: 512 },
  price: {
    perResult: 60,
    rows: [
      { given: "face", when: { speed: "fast" }, perResult: 100 },
      { given: "face", when: {}, perResult: 150 },
      { when: { speed: "fast" }, perResult: 30 },
    ],
    source: "test",
    asOf: "2026-11-20",
  },
};

test.each([
  [{ speed: "slow" }, 60],
  [{ speed: "fast" }, 30],
  [{ speed: "slow", face: ["ast_1"] }, 150],
  [{ speed: "fast", face: ["ast_1"] }, 100],
])("a surcharge counts where its option is given: %o costs %i", (providerOptions, cost) => {
  expect(priceOf(model, { n: 2, providerOptions })).toBe(2 * cost);
});
