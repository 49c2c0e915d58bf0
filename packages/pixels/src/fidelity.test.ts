import { describe, expect, test } from "vitest";
import { compareOutside, measureDrift } from "./fidelity.ts";
import type { Raster } from "./raster.ts";

const row = (channels: number, data: Uint8Array | Uint16Array): Raster => ({
  width: data.length / channels,
  height: 1,
  channels,
  data,
});
const nowhere = { area: { x: 0, y: 0, width: 1, height: 1 }, data: Uint8Array.of(0), pixels: 0 };

describe("what differs outside the edit", () => {
  test("is counted by pixel, with the largest difference of any sample", () => {
    const original = row(3, Uint8Array.of(10, 20, 30, 40, 50, 60, 70, 80, 90));
    const result = row(3, Uint8Array.of(10, 20, 30, 41, 45, 60, 70, 80, 91));
    expect(compareOutside(original, result, nowhere)).toEqual({
      outsidePixels: 3,
      changedOutside: 2,
      maxDifferenceOutside: 5,
    });
  });

  test("leaves out what is edited, however little", () => {
    const original = row(1, Uint8Array.of(0, 0, 0, 0));
    const result = row(1, Uint8Array.of(0, 200, 3, 0));
    const edit = { area: { x: 1, y: 0, width: 2, height: 1 }, data: Uint8Array.of(1, 0), pixels: 1 };
    expect(compareOutside(original, result, edit)).toEqual({
      outsidePixels: 3,
      changedOutside: 1,
      maxDifferenceOutside: 3,
    });
  });

  test("counts a lost alpha channel as opaque, and grey as three equal colours", () => {
    const original = row(2, Uint8Array.of(100, 255, 100, 55));
    const result = row(3, Uint8Array.of(100, 100, 100, 100, 100, 100));
    expect(compareOutside(original, result, nowhere)).toMatchObject({ changedOutside: 1, maxDifferenceOutside: 200 });
  });

  test("compares 16 bits with 8 at 16", () => {
    const original = row(1, Uint16Array.of(257 * 9, 257 * 9 + 1));
    const result = row(1, Uint8Array.of(9, 9));
    expect(compareOutside(original, result, nowhere)).toMatchObject({
      changedOutside: 1,
      maxDifferenceOutside: 1 / 257,
    });
  });
});

describe("a provider's drift", () => {
  const sent = row(3, Uint8Array.of(10, 10, 10, 20, 20, 20, 30, 30, 30));
  const mask = { width: 3, height: 1, data: Uint8Array.of(0, 0, 255) };

  test("is the share and the mean of what changed outside the mask it was sent", () => {
    const answer = row(3, Uint8Array.of(12, 8, 10, 20, 25, 20, 99, 99, 99));
    expect(measureDrift(sent, answer, mask)).toEqual({ changedShare: 0.5, meanDifference: 9 / 6 });
  });

  test("is none where everything was to be edited", () => {
    const all = { ...mask, data: Uint8Array.of(255, 255, 255) };
    expect(measureDrift(sent, row(3, new Uint8Array(9)), all)).toEqual({ changedShare: 0, meanDifference: 0 });
  });
});
