import { describe, expect, test } from "vitest";
import { type FillInput, fillHole, MIN_SOURCES, TooFewSources } from "./fill.ts";

type Box = { x: number; y: number; width: number; height: number };

/** A picture painted px by px, with rectangular holes. */
function painted(
  width: number,
  height: number,
  paint: (x: number, y: number) => [number, number, number],
  holes: Box[],
): FillInput {
  const rgb = new Uint8Array(3 * width * height);
  const mask = new Uint8Array(width * height);
  for (let y = 0, p = 0; y < height; y++) for (let x = 0; x < width; x++, p++) rgb.set(paint(x, y), 3 * p);
  for (const hole of holes) {
    for (let y = hole.y; y < hole.y + hole.height; y++) {
      mask.fill(255, y * width + hole.x, y * width + hole.x + hole.width);
    }
  }
  return { width, height, rgb, mask, seed: 1 };
}

/** The same input with its holes painted over: what is to be filled must not show through. */
function withObject(input: FillInput): FillInput {
  const rgb = input.rgb.slice();
  for (let p = 0; p < input.mask.length; p++) if (input.mask[p]) rgb.set([0, 255, 0], 3 * p);
  return { ...input, rgb };
}

/** Noise that depends on the place alone: 0–1. */
function speckle(x: number, y: number): number {
  const n = Math.sin(x * 127.1 + y * 311.7) * 43758.5453;
  return n - Math.floor(n);
}

function brick(x: number, y: number): [number, number, number] {
  const course = Math.floor(y / 12);
  const mortar = y % 12 < 2 || (x + (course % 2) * 12) % 24 < 2;
  const grain = 40 * (speckle(x, y) - 0.5);
  return mortar ? [190 + grain, 185 + grain, 175 + grain] : [150 + grain, 70 + grain, 50 + grain];
}

function stripe(x: number, y: number): [number, number, number] {
  const light = (x + y) % 16 < 8;
  return light ? [220, 200, 150] : [60, 50, 120];
}

/** What a fill without texture does: every hole px the mean of its neighbours, to the end. */
function diffused({ width, height, rgb, mask }: FillInput): Uint8Array {
  const values = Float64Array.from(rgb);
  for (let p = 0; p < mask.length; p++) if (mask[p]) values.fill(128, 3 * p, 3 * p + 3);
  for (let sweep = 0; sweep < 400; sweep++) {
    for (let y = 1; y < height - 1; y++) {
      for (let x = 1; x < width - 1; x++) {
        if (!mask[y * width + x]) continue;
        for (let i = 3 * (y * width + x), end = i + 3; i < end; i++) {
          const around = [values[i - 3], values[i + 3], values[i - 3 * width], values[i + 3 * width]];
          values[i] = around.reduce<number>((sum, value) => sum + (value ?? 0), 0) / 4;
        }
      }
    }
  }
  return Uint8Array.from(values, Math.round);
}

/** Mean squared difference between each hole px and its right and lower neighbours: how much texture there is. */
function texture({ width, height, mask }: FillInput, rgb: Uint8Array): number {
  let sum = 0;
  for (let y = 0; y < height - 1; y++) {
    for (let x = 0; x < width - 1; x++) {
      const p = y * width + x;
      if (!mask[p]) continue;
      const here = rgb[3 * p] ?? 0;
      sum += (here - (rgb[3 * p + 3] ?? 0)) ** 2 + (here - (rgb[3 * (p + width)] ?? 0)) ** 2;
    }
  }
  return sum;
}

function meanSquaredError({ mask }: FillInput, a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    if (!mask[Math.floor(i / 3)]) continue;
    sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
    count++;
  }
  return sum / count;
}

function differences(input: FillInput, filled: Uint8Array): { outside: number; greenInside: number } {
  let outside = 0;
  let greenInside = 0;
  for (let p = 0; p < input.mask.length; p++) {
    const [r = 0, g = 0, b = 0] = filled.subarray(3 * p, 3 * p + 3);
    if (input.mask[p]) greenInside += g > 200 && r < 60 && b < 60 ? 1 : 0;
    else if (r !== input.rgb[3 * p] || g !== input.rgb[3 * p + 1] || b !== input.rgb[3 * p + 2]) outside++;
  }
  return { outside, greenInside };
}

const wall = painted(160, 120, brick, [{ x: 60, y: 40, width: 44, height: 40 }]);

describe("a hole is filled from its surroundings", () => {
  test("same pixels, mask and seed give the same bytes, another seed others", () => {
    const once = fillHole(withObject(wall));
    expect(fillHole(withObject(wall))).toEqual(once);
    expect(fillHole({ ...withObject(wall), seed: 2 })).not.toEqual(once);
  });

  test("what stood in the hole has no say", () => {
    expect(fillHole(withObject(wall))).toEqual(fillHole(wall));
  });

  test("the caller's pixels stay the caller's, even in a Buffer", () => {
    const input = withObject(wall);
    const rgb = Buffer.from(input.rgb);
    fillHole({ ...input, rgb });
    expect(rgb.equals(input.rgb)).toBe(true);
  });

  test("bricks keep their texture, where diffusion leaves a blur", () => {
    const filled = fillHole(withObject(wall));
    const blur = diffused(wall);
    expect(texture(wall, filled) / texture(wall, wall.rgb)).toBeGreaterThan(0.4);
    expect(texture(wall, filled) / texture(wall, wall.rgb)).toBeLessThan(1.6);
    expect(texture(wall, blur) / texture(wall, wall.rgb)).toBeLessThan(0.2);
  });

  test("stripes go on through the hole", () => {
    const cloth = painted(128, 128, stripe, [{ x: 44, y: 40, width: 36, height: 44 }]);
    const error = meanSquaredError(cloth, fillHole(withObject(cloth)), cloth.rgb);
    expect(error).toBeLessThan(0.2 * meanSquaredError(cloth, diffused(cloth), cloth.rgb));
  });

  test("a slow change of light meets at the border without a seam", () => {
    const sky = painted(120, 90, (x, y) => [60 + x, 80 + y, 200 - x], [{ x: 40, y: 30, width: 40, height: 30 }]);
    expect(meanSquaredError(sky, fillHole(withObject(sky)), sky.rgb)).toBeLessThan(16);
  });

  test.each<[string, number, number, Box[]]>([
    ["in the middle", 96, 80, [{ x: 30, y: 30, width: 30, height: 20 }]],
    [
      "on every border and corner",
      96,
      80,
      [
        { x: 0, y: 0, width: 12, height: 12 },
        { x: 84, y: 30, width: 12, height: 20 },
        { x: 20, y: 68, width: 30, height: 12 },
        { x: 88, y: 74, width: 8, height: 6 },
      ],
    ],
    [
      "of several sizes, one too thin for the coarse levels",
      96,
      80,
      [
        { x: 10, y: 10, width: 30, height: 40 },
        { x: 60, y: 5, width: 1, height: 70 },
        { x: 75, y: 40, width: 3, height: 3 },
      ],
    ],
    ["in a tiny picture", 20, 20, [{ x: 8, y: 8, width: 4, height: 5 }]],
    ["in the smallest picture", 16, 16, [{ x: 0, y: 0, width: 4, height: 3 }]],
    ["in a picture of odd sides", 67, 45, [{ x: 21, y: 11, width: 19, height: 17 }]],
    ["in most of the picture", 90, 90, [{ x: 15, y: 15, width: 75, height: 75 }]],
    ["in a narrow strip", 200, 16, [{ x: 90, y: 0, width: 20, height: 16 }]],
  ])("holes %s are filled whole, and nothing else is touched", (_, width, height, holes) => {
    const input = withObject(painted(width, height, brick, holes));
    expect(differences(input, fillHole(input))).toEqual({ outside: 0, greenInside: 0 });
  });

  test("an empty mask gives the picture back", () => {
    const input = painted(40, 30, brick, []);
    expect(fillHole(input)).toEqual(input.rgb);
  });

  test("progress rises to 1", () => {
    const seen: number[] = [];
    fillHole(wall, (progress) => seen.push(progress));
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.at(-1)).toBe(1);
  });

  test("a hole that leaves nothing to draw on is refused with the numbers", () => {
    const all = painted(40, 30, brick, [{ x: 0, y: 0, width: 40, height: 30 }]);
    expect(() => fillHole(all)).toThrow(new TooFewSources(0));
    const rim = painted(40, 30, brick, [{ x: 8, y: 0, width: 32, height: 30 }]);
    expect(() => fillHole(rim)).not.toThrow();
    const less = painted(40, 12, brick, [{ x: 8, y: 0, width: 32, height: 12 }]);
    expect(() => fillHole(less)).toThrow(`12 whole 7×7 px patches beside it; filling needs at least ${MIN_SOURCES}`);
  });
});
