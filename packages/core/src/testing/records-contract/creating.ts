import { describe, expect, test } from "vitest";
import { randomIds } from "../../ids.ts";
import type { Records } from "../../ports.ts";
import { sampleJob, sampleTenant } from "../samples.ts";
import { times } from "./times.ts";

export function createsJobs(records: () => Records): void {
  describe("creating a job", () => {
    test("puts the row and its reservation", async () => {
      const job = sampleJob({ estimate: 700 });
      expect(await records().createJob(job)).toStrictEqual({ created: true, job });
      expect(await records().getJob(job.id)).toStrictEqual(job);
      expect(await records().getBudget(job.tenant)).toStrictEqual({ reserved: 700, settled: 0, unreconciled: 0 });
    });

    test("keeps every field to the letter", async () => {
      const plain = sampleJob({ user: "Zoë ☕ \u0001 '\"--", warnings: ["", "two\nlines"], progress: 1 / 3 });
      const request = {
        ...plain.request,
        prompt: "ein Hund 🐕‍🦺, \u202a%_\\",
        seed: Number.MAX_SAFE_INTEGER,
        strength: 0,
        providerOptions: { nothing: null, no: false, list: [], nested: { deep: [{ value: 1e-7 }] } },
        metadata: { "a.b": "", $set: "x" },
      };
      const job = { ...plain, request };
      await records().createJob(job);
      expect(await records().getJob(job.id)).toStrictEqual(job);
    });

    test("hands out copies: what a reader does to one changes nothing", async () => {
      const job = sampleJob();
      const created = await records().createJob(job);
      created.job.warnings.push("mine");
      (await records().getJob(job.id))?.warnings.push("mine");
      job.warnings.push("mine");
      expect((await records().getJob(job.id))?.warnings).toEqual([]);
    });

    test("with an id that is there finds that row and reserves nothing more", async () => {
      const job = sampleJob({ estimate: 700 });
      await records().createJob(job);
      const other = sampleJob({ id: job.id, tenant: job.tenant, fingerprint: "other", estimate: 900 });
      expect(await records().createJob(other)).toStrictEqual({ created: false, job });
      expect(await records().getJob(job.id)).toStrictEqual(job);
      expect((await records().getBudget(job.tenant)).reserved).toBe(700);
    });

    test("with an id that is there finds it as it is now, even when nothing is left", async () => {
      const job = sampleJob({ estimate: 700 });
      await records().setBudgetLimit(job.tenant, 700);
      await records().createJob(job);
      const running = await records().claimJob(job.id, "execution", job.createdAt);
      expect(await records().createJob(job)).toStrictEqual({ created: false, job: running });
    });

    test("many times at once makes one row and one reservation, and all see that row", async () => {
      const job = sampleJob({ estimate: 700 });
      const attempts = times(8, (i) => ({ ...job, fingerprint: `attempt ${i}` }));
      const outcomes = await Promise.all(attempts.map((attempt) => records().createJob(attempt)));
      const winner = outcomes.filter(({ created }) => created);
      expect(winner).toHaveLength(1);
      for (const { job: seen } of outcomes) expect(seen).toStrictEqual(winner[0]?.job);
      expect((await records().getBudget(job.tenant)).reserved).toBe(700);
    });

    test("is refused with the numbers when the budget does not cover it, and leaves nothing", async () => {
      const tenant = sampleTenant();
      await records().setBudgetLimit(tenant, 1000);
      await records().createJob(sampleJob({ tenant, estimate: 700 }));
      const job = sampleJob({ tenant, estimate: 301 });
      await expect(records().createJob(job)).rejects.toMatchObject({
        code: "budget_exceeded",
        options: { details: { limit: 1000, left: 300, needed: 301 } },
      });
      expect(await records().getJob(job.id)).toBeUndefined();
      expect(await records().getBudget(tenant)).toStrictEqual({
        limit: 1000,
        reserved: 700,
        settled: 0,
        unreconciled: 0,
      });
    });

    test("may use the budget up to the last micro-dollar", async () => {
      const tenant = sampleTenant();
      await records().setBudgetLimit(tenant, 1000);
      await records().createJob(sampleJob({ tenant, estimate: 700 }));
      expect(await records().createJob(sampleJob({ tenant, estimate: 300 }))).toMatchObject({ created: true });
      await expect(records().createJob(sampleJob({ tenant, estimate: 1 }))).rejects.toMatchObject({
        options: { details: { left: 0 } },
      });
      expect(await records().createJob(sampleJob({ tenant, estimate: 0 }))).toMatchObject({ created: true });
    });

    test("many at once, the budget takes exactly those it covers", async () => {
      const tenant = sampleTenant();
      await records().setBudgetLimit(tenant, 599);
      const jobs = times(12, () => sampleJob({ tenant, estimate: 100 }));
      const outcomes = await Promise.allSettled(jobs.map((job) => records().createJob(job)));
      const refusals = outcomes.filter((outcome) => outcome.status === "rejected");
      expect(refusals.map(({ reason }) => reason.code)).toEqual(times(7, () => "budget_exceeded"));
      const rows = await Promise.all(jobs.map((job) => records().getJob(job.id)));
      expect(rows.map((row) => row !== undefined)).toEqual(outcomes.map(({ status }) => status === "fulfilled"));
      expect(await records().getBudget(tenant)).toMatchObject({ reserved: 500 });
    });
  });

  test("a job that is not there is undefined", async () => {
    expect(await records().getJob(randomIds.make("job"))).toBeUndefined();
  });
}
