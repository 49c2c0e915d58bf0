import { expect, test } from "vitest";
import { restsUntil } from "./breaker.ts";

const lastFailureAt = 1_000_000;
const rest = (failures: number) => (restsUntil({ failures, lastFailureAt }) ?? lastFailureAt) - lastFailureAt;

test("a provider that answered last, or failed once or twice, is not left alone", () => {
  expect(restsUntil(undefined)).toBeUndefined();
  expect([1, 2].map(rest)).toEqual([0, 0]);
});

test("from the third failure in a row on it rests, twice as long with each more, up to ten minutes", () => {
  expect([3, 4, 5, 6, 7, 8, 9, 1000].map((failures) => rest(failures) / 1000)).toEqual([
    30, 60, 120, 240, 480, 600, 600, 600,
  ]);
});
