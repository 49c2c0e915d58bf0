import { expect, test } from "vitest";
import { hash, paint, wavyHole } from "../synthetic.ts";
import { textureKept } from "./texture.ts";

const grain = paint(120, 120, (x, y) => {
  const light = 255 * hash(x, y, 1);
  return [light, light, light];
});
const mask = wavyHole(grain, 0.2);

test("a hole covers the share of the picture that was asked for", () => {
  const covered = mask.filter((value) => value === 255).length / mask.length;
  expect(covered).toBeCloseTo(0.2, 2);
});

test("the truth keeps all of its texture, and noise of another seed as much", () => {
  expect(textureKept(grain, grain.rgb, mask)).toEqual({ gradient: 1, variance: 1, psnr: Number.POSITIVE_INFINITY });
  const other = paint(120, 120, (x, y) => {
    const light = 255 * hash(x, y, 2);
    return [light, light, light];
  });
  const kept = textureKept(grain, other.rgb, mask);
  expect(kept.gradient).toBeCloseTo(1, 1);
  expect(kept.variance).toBeCloseTo(1, 1);
  expect(kept.psnr).toBeLessThan(10);
});

test("one flat colour keeps none of it and has the better PSNR all the same", () => {
  const flat = textureKept(grain, new Uint8Array(grain.rgb.length).fill(128), mask);
  expect(flat.gradient).toBe(0);
  expect(flat.variance).toBe(0);
  expect(flat.psnr).toBeGreaterThan(10);
});
