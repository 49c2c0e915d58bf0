import { expect, test } from "vitest";
import type { ModelRecord } from "./model.ts";
import { perResult, priceOf, priceRange } from "./price.ts";

const model = {
  price: {
    perResult: 50,
    rows: [
      { when: { quality: "low", size: "1024x1024" }, perResult: 10 },
      { when: { quality: "low" }, perResult: 15 },
      { when: { quality: "high", fast: true }, perResult: 90 },
      { when: { quality: "high" }, perResult: 100 },
    ],
    source: "test",
    asOf: "2026-11-20",
  },
  sizes: {
    kind: "list" as const,
    sizes: [
      { width: 1024, height: 1024 },
      { width: 1536, height: 1024 },
    ],
  },
};
const square = { width: 1024, height: 1024 };
const request = (change: object) => ({ n: 1, providerOptions: {}, ...change });

test.each([
  [{ quality: "low", size: square }, 10],
  [{ quality: "low", size: { width: 1536, height: 1024 } }, 15],
  // the size is chosen by the photo: the most that it may come to
  [{ quality: "low" }, 15],
  [{ quality: "high", providerOptions: { fast: true } }, 90],
  [{ quality: "high", providerOptions: { fast: false } }, 100],
  [{ quality: "medium" }, 50],
  // the quality is the vendor's choice
  [{}, 100],
])("%j costs %i", (change, cost) => {
  expect(perResult(model, request(change))).toBe(cost);
});

test("several cost as often as much, and a range says the least and the most", () => {
  expect(priceOf(model, { ...request({ quality: "low", size: square }), n: 3 })).toBe(30);
  expect(priceRange(model.price)).toEqual({ least: 10, most: 100 });
});

test("a row of a size at which the model does not work is none", () => {
  const rows = [{ when: { size: "4096x4096" }, perResult: 900 }];
  expect(perResult({ ...model, price: { ...model.price, rows } }, request({}))).toBe(50);
});

const surcharged: Pick<ModelRecord, "price" | "sizes"> = {
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
  expect(priceOf(surcharged, { n: 2, providerOptions })).toBe(2 * cost);
});
