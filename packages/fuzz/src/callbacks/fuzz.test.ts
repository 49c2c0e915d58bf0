import { beforeAll, expect, test } from "vitest";
import { FORGERIES } from "./forgeries.ts";
import { type CallbackReport, fuzzCallbacks } from "./fuzz.ts";
import { quantile } from "./tell.ts";

const COUNT = 6000;

let report: CallbackReport;
beforeAll(async () => {
  report = await fuzzCallbacks({ count: COUNT, seed: 7 });
});

test("forged callbacks of every kind are answered alike, and change no row while jobs are open", () => {
  expect(report.surprises).toEqual([]);
  expect(report.forged).toBe(COUNT);
  expect(Object.keys(report.answers)).toEqual(expect.arrayContaining(Object.keys(FORGERIES)));
});

test("genuine ones among them are stored once each, and acknowledged within a second", () => {
  expect(report.answers["genuine"]).toEqual({ 200: COUNT / 250 });
  expect(report.answers["genuine, sent again"]).toEqual({ 200: COUNT / 250 });
  expect(quantile(report.acknowledged, 0.99)).toBeLessThan(1000);
});

test("one that is taken for genuine shows: the rows are looked at", async () => {
  const { surprises } = await fuzzCallbacks({
    count: 500,
    seed: 7,
    during: async ({ records, open }) => {
      const [job] = open;
      await records.updateJob(job?.id ?? "", {}, { progress: 0.5 });
      await records.putCallback(job?.id ?? "", { hash: "x", body: "{}", receivedAt: 0 }, 8);
    },
  });
  expect(surprises).toEqual([
    "a row changed that no callback may change",
    expect.stringContaining("is not what its provider sent"),
  ]);
});
