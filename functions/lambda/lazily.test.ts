import { expect, test } from "vitest";
import { lazily } from "./lazily.ts";

/** A port that says how often it was loaded; the first loads fail. */
function port(failures = 0) {
  let loads = 0;
  const counted = lazily(async () => {
    if (++loads <= failures) throw new Error("not there yet");
    return { add: async (a: number, b: number) => a + b, fail: () => Promise.reject(new Error("refused")) };
  });
  return { counted, loads: () => loads };
}

test("a port is loaded by the first call, and once", async () => {
  const { counted, loads } = port();
  expect(loads()).toBe(0);
  expect(await Promise.all([counted.add(1, 2), counted.add(3, 4)])).toEqual([3, 7]);
  expect(loads()).toBe(1);
});

test("a port that is handed on by a promise stays a port", async () => {
  const { counted } = port();
  expect(await (await Promise.resolve(counted)).add(1, 2)).toBe(3);
});

test("what the port throws is thrown", async () => {
  await expect(port().counted.fail()).rejects.toThrow("refused");
});

test("a load that failed is tried again by the next call", async () => {
  const { counted, loads } = port(1);
  await expect(counted.add(1, 2)).rejects.toThrow("not there yet");
  expect(await counted.add(1, 2)).toBe(3);
  expect(loads()).toBe(2);
});
