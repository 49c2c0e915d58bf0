import { describe, expect, test } from "vitest";
import type { Job } from "../../job.ts";
import type { JobEnd, Records } from "../../ports.ts";
import type { UsageRow } from "../../usage.ts";
import { sampleEnd, sampleJob, sampleTenant } from "../samples.ts";

const NONE = { succeeded: 0, failed: 0, canceled: 0, settled: 0, refunded: 0, unreconciled: 0 };
const sorted = (rows: UsageRow[]) => rows.toSorted((a, b) => (a.day + a.names < b.day + b.names ? -1 : 1));
const YEAR = { from: "2026-01-01", to: "2026-12-31" };

export function keepsBooks(records: () => Records): void {
  const end = async (job: Job, settlement: JobEnd["settlement"], patch?: Partial<JobEnd["patch"]>) => {
    await records().createJob(job);
    await records().endJob(job.id, sampleEnd(job, { settlement, ...(patch && { patch }) }));
  };

  describe("the books", () => {
    test("have each job once, on the day it was made, by model and key and by end user", async () => {
      const tenant = sampleTenant();
      const job = (day: string, fields: Partial<Job> = {}) =>
        sampleJob({ tenant, keyId: "key_a", estimate: 100, createdAt: Date.parse(`${day}T23:59:59Z`), ...fields });
      const first = job("2026-02-28", { user: "ada" });
      await end(first, { state: "settled", amount: 60 });
      await records().endJob(first.id, sampleEnd(first));
      await end(job("2026-02-28"), { state: "refunded", amount: 0 }, { status: "failed" });
      await end(job("2026-03-01", { user: "ada" }), { state: "unreconciled", amount: 90 }, { status: "canceled" });
      await end(job("2026-03-01", { keyId: "key_b" }), { state: "settled", amount: 100 });

      const work = await records().listUsage({ tenant, kind: "work", ...YEAR });
      expect(sorted(work)).toStrictEqual([
        {
          day: "2026-02-28",
          names: ["local/fill", "key_a"],
          counts: { ...NONE, succeeded: 1, failed: 1, settled: 60, refunded: 100 },
        },
        { day: "2026-03-01", names: ["local/fill", "key_a"], counts: { ...NONE, canceled: 1, unreconciled: 90 } },
        { day: "2026-03-01", names: ["local/fill", "key_b"], counts: { ...NONE, succeeded: 1, settled: 100 } },
      ]);
      const users = await records().listUsage({ tenant, kind: "user", from: "2026-02-28", to: "2026-02-28" });
      expect(sorted(users).map(({ names, counts }) => [names, counts.succeeded, counts.failed])).toEqual([
        [[""], 0, 1],
        [["ada"], 1, 0],
      ]);
      expect(await records().listUsage({ tenant, kind: "work", from: "2026-03-02", to: "2026-04-01" })).toEqual([]);
      expect(await records().listUsage({ tenant: sampleTenant(), kind: "work", ...YEAR })).toEqual([]);
    });

    test("forget an end user's name, not what they cost", async () => {
      const tenant = sampleTenant();
      const settlement = { state: "settled", amount: 5 } as const;
      const at = (day: string) => Date.parse(day);
      for (const user of ["ada", "ada", "bob", undefined])
        await end(sampleJob({ tenant, ...(user && { user }) }), settlement);
      await end(sampleJob({ tenant, user: "ada", createdAt: at("2026-02-01") }), settlement);
      await end(sampleJob({ tenant, user: "ada", createdAt: at("2026-03-01") }), settlement);
      for (let i = 0; i < 2; i++)
        await records().forgetUser({ tenant, user: "ada", from: "2026-01-01", to: "2026-02-28" });
      const left = await records().listUsage({ tenant, kind: "user", ...YEAR });
      expect(sorted(left).map(({ day, names, counts }) => [day, ...names, counts.succeeded, counts.settled])).toEqual([
        ["2026-01-01", "", 3, 15],
        ["2026-01-01", "bob", 1, 5],
        ["2026-02-01", "", 1, 5],
        ["2026-03-01", "ada", 1, 5],
      ]);
    });

    test("name each job that is unreconciled, with what the vendor calls it", async () => {
      const tenant = sampleTenant();
      const [known, lost] = [sampleJob({ tenant }), sampleJob({ tenant })];
      const settlement = { state: "unreconciled", amount: 5 } as const;
      await end(known, settlement, { status: "failed", providerJob: { id: "123" } });
      await end(lost, settlement, { status: "failed" });
      await end(sampleJob({ tenant }), { state: "settled", amount: 5 });
      const listed = await records().listUnreconciled({ tenant, ...YEAR });
      const common = { day: "2026-01-01", model: "local/fill", amount: 5 };
      expect(listed).toHaveLength(2);
      expect(listed).toEqual(
        expect.arrayContaining([
          { ...common, job: known.id, providerJob: "123" },
          { ...common, job: lost.id },
        ]),
      );
      expect(await records().listUnreconciled({ tenant, from: "2026-01-02", to: "2026-12-31" })).toEqual([]);
    });
  });
}
