import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { runsHere } from "../deployed/runs-here.ts";
import { ROOT } from "../offline/deploy.ts";
import { idleMonth, type Measured, priced, totalOf, unitsFor } from "./bill.ts";
import { measure } from "./measure.ts";
import { costTables, withTables } from "./tables.ts";

const measured: Measured = {
  edits: 2,
  counts: {
    "Api invocations": 8,
    "Api ms": 4000,
    "InpaintHandler invocations": 4,
    "InpaintHandler ms": 2000,
    "table writes": 40,
    "table reads": 20,
    "s3 PUT": 8,
    "s3 LIST": 2,
    "s3 GET": 12,
    "gateway requests": 8,
    "durable operations": 16,
    "result bytes": 4_000_000,
  },
  standing: { alarms: 9, dashboards: 4 },
  photoBytes: 2_000_000,
  memory: { Api: 1024, InpaintHandler: 2048 },
  provider: { model: "vendor/model", microUsd: 10_000, source: "assumed" },
  machine: "a machine",
  date: "2026-11-25",
};

test("a thousand edits take five hundred times what two took", () => {
  expect(unitsFor(1000, measured)).toMatchObject({
    "Lambda requests": 6000,
    "Lambda GB-seconds": 500 * (4 * 1 + 2 * 2),
    "durable operations": 8000,
    "DynamoDB write units": 20_000,
    "S3 writes and lists": 5000,
    "S3 reads": 6000,
    "GB to the internet": 2,
  });
});

test("the sum is that of every item at its price", () => {
  const items = priced(unitsFor(1000, measured));
  expect(items.find(({ unit }) => unit === "durable operations")).toMatchObject({ amount: 8000, usd: 0.064 });
  expect(items.find(({ unit }) => unit === "Lambda requests")?.usd).toBeCloseTo(0.0012, 9);
  expect(totalOf(items)).toBeCloseTo(
    0.064 + 0.0012 + 4000 * 0.0000133334 + 0.0125 + 0.00125 + 0.025 + 0.0024 + 0.004 + 0.18,
    6,
  );
  expect(costTables(measured)).toContain("| durable operations | 8,000 | $8 a million | $0.0640 |");
});

test("an idle month is the alarms and the dashboards beyond three", () => {
  expect(idleMonth(measured)).toEqual({ alarms: 0.9, dashboards: 3 });
});

test("the document says what was measured, at the prices that stand beside it", () => {
  const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
  const document = read("docs/cost.md");
  const recorded = JSON.parse(read("infra/cost/measured.json")) as Measured;
  expect(withTables(document, costTables(recorded))).toBe(document);
});

runsHere("a measurement", () => {
  test("counts what one edit takes, and takes the first for warming up", async () => {
    const size = { width: 320, height: 240 };
    const { counts, memory } = await measure(inject("deployment"), { edits: 1, machine: "", date: "", size });
    expect(counts).toMatchObject({ "s3 PUT": expect.any(Number), "gateway requests": expect.any(Number) });
    for (const what of [
      "Api ms",
      "InpaintHandler ms",
      "table writes",
      "table reads",
      "durable operations",
      "durable bytes",
    ])
      expect([what, (counts[what] ?? 0) > 0]).toEqual([what, true]);
    expect(counts["InpaintHandler starts"]).toBeUndefined();
    expect(memory).toMatchObject({ Api: 1024, InpaintHandler: 2048 });
  }, 60_000);
});
