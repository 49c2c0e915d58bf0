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
  expect(priceRange(model)).toEqual({ least: 10, most: 100 });
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

const byArea: Pick<ModelRecord, "price" | "sizes"> = {
  sizes: { kind: "range", min: 100, max: 2000, multipleOf: 100, preferred: 1000, minPixels: 100_000 },
  price: {
    perResult: 900,
    rows: [
      { when: { quality: "low" }, perResult: 250, bySize: { base: 50, amount: 100, pixels: 1_000_000 } },
      { when: { quality: "high" }, perResult: 800, bySize: { amount: 200, pixels: 1_000_000, whole: true } },
    ],
    onTop: { promptByte: 0.5, each: { partials: 7 } },
    source: "test",
    asOf: "2026-11-20",
  },
};

test.each([
  // the photo may choose any size
  [{ quality: "low" }, 250],
  [{ quality: "low", size: { width: 1000, height: 500 } }, 100],
  [{ quality: "low", size: { width: 100, height: 1000 } }, 60],
  // never above the most
  [{ quality: "low", size: { width: 2000, height: 2000 } }, 250],
  [{ quality: "high", size: { width: 1000, height: 1000 } }, 200],
  [{ quality: "high", size: { width: 1000, height: 1100 } }, 400],
  [{ size: square }, 900],
  // what is on top: words in bytes, and what an option counts
  [{ quality: "low", prompt: "a hat" }, 253],
  [{ quality: "low", prompt: "日本" }, 253],
  [{ quality: "low", providerOptions: { partials: 3 } }, 271],
])("by the size, and with what is on top: %j costs %i", (change, cost) => {
  expect(perResult(byArea, request(change))).toBe(cost);
});

test("the least is that of the smallest size", () => {
  expect(priceRange(byArea)).toEqual({ least: 60, most: 900 });
});
