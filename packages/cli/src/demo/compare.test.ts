import { expect, test } from "vitest";
import { compare } from "./compare.ts";

const SIZE = { width: 9, height: 1 };
const photo = { ...SIZE, data: new Uint8Array(27).fill(100) };
const mask = { ...SIZE, data: Uint8Array.from([0, 0, 0, 0, 255, 0, 0, 0, 0]) };

const changedAt = (...xs: number[]) => {
  const data = Uint8Array.from(photo.data);
  for (const x of xs) data[x * 3 + 2] = 101;
  return { ...SIZE, data };
};

test("a change of one channel by one, one pixel beyond the reach, is found", () => {
  expect(compare(photo, changedAt(4, 6), mask, 2)).toEqual({ changed: 2, changedOutside: 0, pixels: 9 });
  expect(compare(photo, changedAt(4, 7), mask, 2)).toEqual({ changed: 2, changedOutside: 1, pixels: 9 });
});
