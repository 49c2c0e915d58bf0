import { describe, expect, test } from "vitest";
import type { Budget, JobEnd, Records } from "../../ports.ts";
import { sampleEnd, sampleJob, sampleTenant } from "../samples.ts";

const NOTHING: Budget = { reserved: 0, settled: 0, unreconciled: 0 };

export function keepsBudgets(records: () => Records): void {
  const create = async (tenant: string, estimate: number) =>
    (await records().createJob(sampleJob({ tenant, estimate }))).job;

  describe("a budget", () => {
    test("of a tenant nobody has heard of is empty and unlimited", async () => {
      expect(await records().getBudget(sampleTenant())).toStrictEqual(NOTHING);
    });

    test("has the limit it was given, until it is lifted", async () => {
      const tenant = sampleTenant();
      await records().setBudgetLimit(tenant, 0);
      expect(await records().getBudget(tenant)).toStrictEqual({ limit: 0, ...NOTHING });
      await expect(create(tenant, 1)).rejects.toMatchObject({ code: "budget_exceeded" });
      await records().setBudgetLimit(tenant, undefined);
      expect(await records().getBudget(tenant)).toStrictEqual(NOTHING);
      await create(tenant, 1_000_000_000_000);
      expect(await records().getBudget(tenant)).toStrictEqual({ ...NOTHING, reserved: 1_000_000_000_000 });
    });

    test("whose limit falls below what is used keeps it and takes no more", async () => {
      const tenant = sampleTenant();
      await create(tenant, 700);
      await records().setBudgetLimit(tenant, 500);
      expect(await records().getBudget(tenant)).toStrictEqual({ ...NOTHING, limit: 500, reserved: 700 });
      await expect(create(tenant, 1)).rejects.toMatchObject({
        options: { details: { limit: 500, left: 0, needed: 1 } },
      });
    });

    test.each<[JobEnd["settlement"], Budget, number]>([
      [{ state: "settled", amount: 400 }, { reserved: 100, settled: 400, unreconciled: 0 }, 500],
      [{ state: "unreconciled", amount: 700 }, { reserved: 100, settled: 0, unreconciled: 700 }, 200],
      [{ state: "refunded", amount: 0 }, { reserved: 100, settled: 0, unreconciled: 0 }, 900],
    ])("moves the reservation of a job that ended: %j", async (settlement, budget, left) => {
      const tenant = sampleTenant();
      await records().setBudgetLimit(tenant, 1000);
      await create(tenant, 100);
      const job = await create(tenant, 700);
      await records().endJob(job.id, sampleEnd(job, { settlement }));
      expect(await records().getBudget(tenant)).toStrictEqual({ limit: 1000, ...budget });

      await expect(create(tenant, left + 1)).rejects.toMatchObject({ options: { details: { left } } });
      await create(tenant, left);
    });

    test("adds up over jobs that end at once", async () => {
      const tenant = sampleTenant();
      const jobs = await Promise.all([100, 200, 400, 800].map((estimate) => create(tenant, estimate)));
      const states = ["settled", "settled", "unreconciled", "refunded"] as const;
      await Promise.all(
        jobs.map((job, i) => {
          const state = states[i] ?? "refunded";
          const settlement = { state, amount: state === "refunded" ? 0 : job.estimate };
          return records().endJob(job.id, sampleEnd(job, { settlement }));
        }),
      );
      expect(await records().getBudget(tenant)).toStrictEqual({ reserved: 0, settled: 300, unreconciled: 400 });
    });

    test("books a job that cost more than its estimate in full, past the limit", async () => {
      const tenant = sampleTenant();
      await records().setBudgetLimit(tenant, 700);
      const job = await create(tenant, 700);
      await records().endJob(job.id, sampleEnd(job, { settlement: { state: "settled", amount: 900 } }));
      expect(await records().getBudget(tenant)).toStrictEqual({ ...NOTHING, limit: 700, settled: 900 });
    });

    test("is a tenant's own", async () => {
      const [tenant, other] = [sampleTenant(), sampleTenant()];
      await records().setBudgetLimit(tenant, 100);
      await create(tenant, 100);
      await create(other, 5000);
      expect(await records().getBudget(other)).toStrictEqual({ ...NOTHING, reserved: 5000 });
    });
  });
}
