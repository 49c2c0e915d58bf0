import { type SizeRule, sizeAllowed } from "@infill/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { workSize } from "./work-size.ts";

const RULES: Record<string, SizeRule & { kind: "range" }> = {
  "area and aspect": {
    kind: "range",
    min: 480,
    max: 3840,
    multipleOf: 16,
    preferred: 1024,
    minPixels: 655_360,
    maxPixels: 8_294_400,
    maxAspect: 3,
  },
  "an area": { kind: "range", min: 64, max: 2048, multipleOf: 1, preferred: 1024, maxPixels: 3_145_728 },
  "a gentle aspect": {
    kind: "range",
    min: 64,
    max: 2048,
    multipleOf: 1,
    preferred: 1024,
    maxPixels: 4_194_304,
    maxAspect: 2.5,
  },
  "area in steps": { kind: "range", min: 256, max: 1440, multipleOf: 32, preferred: 1024, maxPixels: 2_000_000 },
  sides: { kind: "range", min: 256, max: 1024, multipleOf: 8, preferred: 768 },
};

/** A photo, and a part of it that must be held. */
const picture = fc
  .record({ width: fc.integer({ min: 1, max: 9000 }), height: fc.integer({ min: 1, max: 9000 }) })
  .chain((photo) =>
    fc.record({
      photo: fc.constant(photo),
      need: fc.record({
        width: fc.integer({ min: 1, max: photo.width }),
        height: fc.integer({ min: 1, max: photo.height }),
      }),
    }),
  );

describe.each(Object.entries(RULES))("a rule about %s", (_, rule) => {
  test("gives a size that it allows, whatever the photo and the part", () => {
    fc.assert(
      fc.property(picture, ({ photo, need }) => {
        const size = workSize(rule, photo, need, undefined);
        expect(sizeAllowed(rule, size), JSON.stringify(size)).toBe(true);
      }),
      { numRuns: 2_000, seed: 7 },
    );
  });

  test("gives one no longer than the part, or than the model works best at", () => {
    const { preferred, minPixels = 0, maxAspect = 1, multipleOf, max } = rule;
    fc.assert(
      fc.property(picture, ({ photo, need }) => {
        const { width, height } = workSize(rule, photo, need, undefined);
        const long = Math.max(
          Math.min(Math.max(need.width, need.height), max),
          preferred,
          Math.sqrt(minPixels * maxAspect),
        );
        expect(Math.max(width, height)).toBeLessThan(long + multipleOf);
      }),
      { numRuns: 2_000, seed: 7 },
    );
  });
});

test.each([
  // a sliver, whole: its own length, and as wide as the aspect demands
  [
    { width: 1, height: 2000 },
    { width: 672, height: 2000 },
  ],
  [
    { width: 2000, height: 300 },
    { width: 2000, height: 672 },
  ],
  [
    { width: 3000, height: 40 },
    { width: 3008, height: 1008 },
  ],
  // a small photo: as few pixels as there may be
  [
    { width: 100, height: 100 },
    { width: 816, height: 816 },
  ],
  [
    { width: 200, height: 1000 },
    { width: 560, height: 1184 },
  ],
])("%j sent whole is worked at with the fewest pixels that hold it: %j", (photo, size) => {
  const rule = RULES["area and aspect"] ?? expect.fail("there is no such rule");
  expect(workSize(rule, photo, photo, undefined)).toEqual(size);
});
