import { OPERATIONS } from "@infill/functions/openapi";
import { beforeAll, expect, test } from "vitest";
import { type FuzzReport, fuzz } from "./fuzz.ts";

const REQUESTS = 3000;

let report: FuzzReport;
beforeAll(async () => {
  report = await fuzz({ requests: REQUESTS, seed: 5 });
});

test("whatever is asked, every answer is as the specification says, and nothing breaks", () => {
  expect(report.surprises).toEqual([]);
  expect(report.requests).toBe(REQUESTS);
});

test("a third of what is asked is valid, and succeeds", () => {
  expect(report.succeeded / report.requests).toBeGreaterThan(0.3);
});

test.each(OPERATIONS)("$id succeeds, and refuses", ({ id, answers }) => {
  const statuses = Object.keys(report.statuses[id] ?? {}).map(Number);
  expect(statuses).toEqual(expect.arrayContaining([expect.toSatisfy((status: number) => status in answers)]));
});
