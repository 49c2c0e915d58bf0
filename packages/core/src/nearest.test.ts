import { expect, test } from "vitest";
import { nearestName } from "./nearest.ts";

const NAMES = ["model", "mask", "n", "prompt", "negativePrompt", "outputFormat", "outputQuality"];

test.each([
  ["promt", "prompt"],
  ["negative", "negativePrompt"],
  ["negative_prompt", "negativePrompt"],
  ["Model", "model"],
  ["msk", "mask"],
  ["output", "outputFormat"],
])("%s: %s was meant", (given, name) => {
  expect(nearestName(given, NAMES)).toBe(name);
});

test.each(["colour", "x", "__", "ma", "toString", "p".repeat(100_000)])("%.10s is near none", (given) => {
  expect(nearestName(given, NAMES)).toBeUndefined();
});
