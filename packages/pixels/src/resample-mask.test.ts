import fc from "fast-check";
import { expect, test } from "vitest";
import type { Plane } from "./raster.ts";
import { coverTouched, scaleMask } from "./resample-mask.ts";

const sides = fc.integer({ min: 1, max: 40 });
const hardMask = fc
  .record({ width: sides, height: sides })
  .chain(({ width, height }) =>
    fc
      .array(fc.constantFrom(0, 0, 0, 0, 255), { minLength: width * height, maxLength: width * height })
      .map((samples): Plane => ({ width, height, data: Uint8Array.from(samples) })),
  );

test("covering takes exactly the pixels that touch something to edit", () => {
  fc.assert(
    fc.property(hardMask, sides, sides, (mask, width, height) => {
      const covered = coverTouched(mask, { width, height });
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          let touched = false;
          for (let sy = 0; sy < mask.height; sy++) {
            if ((sy + 1) * height <= y * mask.height || sy * height >= (y + 1) * mask.height) continue;
            for (let sx = 0; sx < mask.width; sx++) {
              if ((sx + 1) * width <= x * mask.width || sx * width >= (x + 1) * mask.width) continue;
              if (mask.data[sy * mask.width + sx] === 255) touched = true;
            }
          }
          expect(covered.data[y * width + x]).toBe(touched ? 255 : 0);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("a hard mask enlarged to the photo stays hard and covers all that was painted", async () => {
  await fc.assert(
    fc.asyncProperty(hardMask, fc.integer({ min: 2, max: 5 }), async (mask, times) => {
      const scaled = await scaleMask(mask, { width: mask.width * times, height: mask.height * times });
      for (let i = 0; i < scaled.data.length; i++) {
        const value = scaled.data[i];
        expect([0, 255]).toContain(value);
        const from = Math.floor(i / scaled.width / times) * mask.width + Math.floor((i % scaled.width) / times);
        if (mask.data[from] === 255) expect(value).toBe(255);
      }
    }),
    { numRuns: 30 },
  );
});

test("a soft mask is interpolated", async () => {
  const mask = { width: 2, height: 1, data: Uint8Array.from([0, 128]) };
  const { data } = await scaleMask(mask, { width: 8, height: 4 });
  expect(new Set(data).size).toBeGreaterThan(3);
  expect(Math.max(...data)).toBe(128);
});
