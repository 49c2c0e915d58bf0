import type { Rect, Size, SizeRule } from "@infill/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planCrop } from "./crop-plan.ts";
import { RANGE, refusalOf } from "./test-pictures.ts";

const PHOTO = { width: 4000, height: 3000 };
const LIST: SizeRule = {
  kind: "list",
  sizes: [
    { width: 1024, height: 1024 },
    { width: 1536, height: 1024 },
    { width: 1024, height: 1536 },
  ],
};
const auto = { crop: "auto" } as const;
const small = { x: 1900, y: 1400, width: 200, height: 200 };

describe("a crop for a range of sizes", () => {
  test("fills the preferred side at the photo's own resolution, around the mask", () => {
    expect(planCrop({ photo: PHOTO, box: small, settings: auto, sizes: RANGE })).toEqual({
      crop: { x: 1488, y: 988, width: 1024, height: 1024 },
      work: { width: 1024, height: 1024 },
      placed: { x: 0, y: 0, width: 1024, height: 1024 },
    });
  });

  test("moves inside where the mask is at the photo's edge", () => {
    const { crop } = planCrop({ photo: PHOTO, box: { ...small, x: 3800, y: 0 }, settings: auto, sizes: RANGE });
    expect(crop).toEqual({ x: 2976, y: 0, width: 1024, height: 1024 });
  });

  test("is scaled down where the mask and its context are larger than the model works at", () => {
    const { crop, work } = planCrop({
      photo: PHOTO,
      box: { x: 500, y: 500, width: 2000, height: 1500 },
      settings: { crop: "auto", padding: 24 },
      sizes: RANGE,
    });
    expect(work.width).toBe(1024);
    expect(crop.width).toBe(2048);
  });

  test("keeps half of the mask's longer side as context unless told otherwise", () => {
    const box = { x: 1000, y: 1000, width: 1000, height: 400 };
    expect(planCrop({ photo: PHOTO, box, settings: auto, sizes: RANGE }).crop.width).toBe(2000);
    const told = planCrop({ photo: PHOTO, box, settings: { crop: "auto", padding: 100 }, sizes: RANGE });
    expect(told.crop.width).toBe(1200);
  });

  test("of a photo below the smallest size is enlarged", () => {
    const photo = { width: 100, height: 80 };
    const plan = planCrop({ photo, box: { x: 40, y: 40, width: 10, height: 10 }, settings: auto, sizes: RANGE });
    expect(plan.crop).toEqual({ x: 0, y: 0, ...photo });
    expect(plan.work).toEqual({ width: 320, height: 256 });
    expect(plan.placed).toEqual({ x: 0, y: 0, width: 320, height: 256 });
  });

  test("of a photo too narrow for the model stands in the middle of mirrored filling", () => {
    const photo = { width: 200, height: 3000 };
    const plan = planCrop({ photo, box: { x: 0, y: 0, ...photo }, settings: auto, sizes: RANGE });
    expect(plan.crop).toEqual({ x: 0, y: 0, ...photo });
    expect(plan.work).toEqual({ width: 256, height: 1024 });
    expect(plan.placed).toEqual({ x: 94, y: 0, width: 68, height: 1024 });
  });

  test("is the whole photo when cropping is off", () => {
    const plan = planCrop({ photo: PHOTO, box: small, settings: { crop: "off" }, sizes: RANGE });
    expect(plan).toEqual({
      crop: { x: 0, y: 0, ...PHOTO },
      work: { width: 1024, height: 768 },
      placed: { x: 0, y: 0, width: 1024, height: 768 },
    });
  });
});

describe("a crop for a list of sizes", () => {
  test.each([
    ["square", { x: 1500, y: 1000, width: 300, height: 300 }, { width: 1024, height: 1024 }],
    ["wide", { x: 1500, y: 1000, width: 900, height: 300 }, { width: 1536, height: 1024 }],
    ["tall", { x: 1500, y: 1000, width: 300, height: 900 }, { width: 1024, height: 1536 }],
  ])("takes the size whose aspect is nearest to a %s mask", (_, box, work) => {
    const plan = planCrop({ photo: PHOTO, box, settings: { crop: "auto", padding: 0 }, sizes: LIST });
    expect(plan.work).toEqual(work);
    expect(plan.crop).toMatchObject(work);
  });

  test("takes the largest of one aspect that the photo fills", () => {
    const sizes: SizeRule = { kind: "list", sizes: [256, 512, 1024].map((side) => ({ width: side, height: side })) };
    const box = { x: 0, y: 0, width: 20, height: 20 };
    const workFor = (photo: Size) => planCrop({ photo, box, settings: auto, sizes }).work.width;
    expect([workFor(PHOTO), workFor({ width: 700, height: 600 }), workFor({ width: 90, height: 90 })]).toEqual([
      1024, 512, 256,
    ]);
  });
});

describe("a size the caller names", () => {
  test("is worked at exactly", () => {
    const size = { width: 512, height: 768 };
    const plan = planCrop({ photo: PHOTO, box: small, settings: auto, sizes: RANGE, size });
    expect(plan.work).toEqual(size);
  });

  test.each([
    [RANGE, { width: 1000, height: 1001 }, "sides from 256 to 1024 px, multiples of 8"],
    [RANGE, { width: 2048, height: 1024 }, "2048x1024"],
    [LIST, { width: 512, height: 512 }, "1024x1024, 1536x1024, 1024x1536"],
  ])("is refused where the model forbids it", async (sizes, size, words) => {
    const call = Promise.resolve().then(() => planCrop({ photo: PHOTO, box: small, settings: auto, sizes, size }));
    const error = await refusalOf(call);
    expect(error.code).toBe("unsupported_option");
    expect(error.options.pointer).toBe("/size");
    expect(error.message).toContain(words);
  });
});

test("any plan holds the mask, lies in the photo, works at a legal size and keeps the aspect", () => {
  const side = fc.oneof(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 6000 }));
  const scene = fc.record({ width: side, height: side }).chain((photo) =>
    fc.record({
      photo: fc.constant(photo),
      box: fc.tuple(fc.nat(photo.width - 1), fc.nat(photo.height - 1)).chain(([x, y]) =>
        fc.record({
          x: fc.constant(x),
          y: fc.constant(y),
          width: fc.integer({ min: 1, max: photo.width - x }),
          height: fc.integer({ min: 1, max: photo.height - y }),
        }),
      ),
    }),
  );
  const ranges = fc
    .record({
      multipleOf: fc.constantFrom(1, 8, 16, 64),
      min: fc.integer({ min: 64, max: 512 }),
      more: fc.integer({ min: 64, max: 2000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ multipleOf, min, more, share }): SizeRule => {
      return { kind: "range", min, max: min + more, multipleOf, preferred: Math.round(min + more * share) };
    });
  const lists = fc
    .array(fc.record({ width: fc.integer({ min: 64, max: 2000 }), height: fc.integer({ min: 64, max: 2000 }) }), {
      minLength: 1,
      maxLength: 4,
    })
    .map((sizes): SizeRule => ({ kind: "list", sizes }));
  const settings = fc.record(
    { crop: fc.constantFrom("auto" as const, "off" as const), padding: fc.integer({ min: 0, max: 600 }) },
    { requiredKeys: ["crop"] },
  );

  fc.assert(
    fc.property(scene, fc.oneof(ranges, lists), settings, ({ photo, box }, sizes, chosen) => {
      const { crop, work, placed } = planCrop({ photo, box, settings: chosen, sizes });
      expect(contains({ x: 0, y: 0, ...photo }, crop)).toBe(true);
      expect(contains(crop, chosen.crop === "off" ? { x: 0, y: 0, ...photo } : box)).toBe(true);
      expect(contains({ x: 0, y: 0, ...work }, placed)).toBe(true);
      expect(isLegal(sizes, work)).toBe(true);
      // one scale gives both sides of `placed`, each to a pixel
      const leastScale = Math.max((placed.width - 1) / crop.width, (placed.height - 1) / crop.height);
      const mostScale = Math.min((placed.width + 1) / crop.width, (placed.height + 1) / crop.height);
      expect(leastScale).toBeLessThanOrEqual(mostScale);
    }),
    { numRuns: 2000 },
  );
});

const contains = (outer: Rect, inner: Rect) =>
  inner.width > 0 &&
  inner.height > 0 &&
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

function isLegal(rule: SizeRule, { width, height }: Size): boolean {
  if (rule.kind === "list") return rule.sizes.some((size) => size.width === width && size.height === height);
  return [width, height].every((length) => length >= rule.min && length <= rule.max && length % rule.multipleOf === 0);
}
