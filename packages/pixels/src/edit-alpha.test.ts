import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editAlpha } from "./edit-alpha.ts";
import type { Plane } from "./raster.ts";

/** Alpha over the whole plane. */
function spread(mask: Plane, grow: number, feather: number): Uint8Array {
  const { area, data } = editAlpha(mask, { grow, feather });
  const whole = new Uint8Array(mask.width * mask.height);
  for (let y = 0; y < area.height; y++) {
    for (let x = 0; x < area.width; x++) {
      whole[(area.y + y) * mask.width + area.x + x] = data[y * area.width + x] ?? 0;
    }
  }
  return whole;
}

const plane = (width: number, ...samples: number[]): Plane => ({
  width,
  height: samples.length / width,
  data: Uint8Array.from(samples),
});

describe("the edit's alpha", () => {
  test("is the mask itself without grow and feather", () => {
    const mask = plane(4, 0, 0, 0, 0, 0, 90, 255, 0, 0, 0, 0, 0);
    expect(editAlpha(mask, { grow: 0, feather: 0 })).toEqual({
      area: { x: 1, y: 1, width: 2, height: 1 },
      data: Uint8Array.from([90, 255]),
      pixels: 2,
    });
  });

  test("grows round, then falls off outside of that and reaches 0 just beyond the feather", () => {
    const row = plane(12, ...Array.from({ length: 12 }, (_, x) => (x === 0 ? 255 : 0)));
    expect([...spread(row, 2, 4)]).toEqual([255, 255, 255, 204, 153, 102, 51, 0, 0, 0, 0, 0]);
  });

  test("stops at the photo's edge", () => {
    const { area } = editAlpha(plane(3, 0, 0, 0, 0, 255, 0, 0, 0, 0), { grow: 50, feather: 50 });
    expect(area).toEqual({ x: 0, y: 0, width: 3, height: 3 });
  });

  test("keeps a soft mask's own ramp where that is the stronger", () => {
    const row = plane(8, 255, 200, 150, 100, 50, 0, 0, 0);
    expect([...spread(row, 0, 2)]).toEqual([255, 200, 150, 100, 50, 0, 0, 0]);
    expect([...spread(row, 2, 0)]).toEqual([255, 255, 255, 100, 50, 0, 0, 0]);
  });

  test("equals the definition, pixel by pixel, for any mask", () => {
    const masks = fc
      .record({ width: fc.integer({ min: 1, max: 14 }), height: fc.integer({ min: 1, max: 14 }) })
      .chain(({ width, height }) =>
        fc.record({
          mask: fc
            .array(fc.constantFrom(0, 0, 0, 0, 0, 0, 120, 255), {
              minLength: width * height,
              maxLength: width * height,
            })
            .filter((samples) => samples.some((sample) => sample > 0))
            .map((samples) => plane(width, ...samples)),
          grow: fc.integer({ min: 0, max: 6 }),
          feather: fc.integer({ min: 0, max: 6 }),
        }),
      );
    fc.assert(
      fc.property(masks, ({ mask, grow, feather }) => {
        expect(spread(mask, grow, feather)).toEqual(byDefinition(mask, grow, feather));
      }),
      { numRuns: 200 },
    );
  });

  test("takes no longer for a wide reach than for a narrow one", () => {
    const mask = { width: 1500, height: 1500, data: new Uint8Array(1500 * 1500) };
    mask.data[750 * 1500 + 750] = 255;
    mask.data[200 * 1500 + 900] = 255;
    const start = performance.now();
    expect(editAlpha(mask, { grow: 500, feather: 200 }).pixels).toBeGreaterThan(1_000_000);
    expect(performance.now() - start).toBeLessThan(10_000); // hours, if it were quadratic in the reach
  });
});

function byDefinition({ width, height, data }: Plane, grow: number, feather: number): Uint8Array {
  const peak = Math.max(...data);
  return data.map((own, at) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < width * height; i++) {
      if (data[i] !== peak) continue;
      const x = (i % width) - (at % width);
      const y = Math.floor(i / width) - Math.floor(at / width);
      nearest = Math.min(nearest, Math.hypot(x, y));
    }
    if (nearest > grow + feather + 1e-9) return own;
    return Math.max(own, Math.round(peak * (1 - Math.max(0, nearest - grow) / (feather + 1))));
  });
}
