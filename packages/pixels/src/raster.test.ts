import { expect, test } from "vitest";
import { release } from "./raster.ts";

test("samples that are released are gone at once, and releasing them again does nothing", () => {
  const samples = new Uint16Array(12);
  release(samples, samples);
  expect(samples.buffer.detached).toBe(true);
  expect(samples).toHaveLength(0);
});

test("a part of a larger buffer is not released: the rest belongs to others", () => {
  const pool = new ArrayBuffer(16);
  release(new Uint8Array(pool, 0, 8));
  expect(pool.detached).toBe(false);
});
