import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { InfillError, type Job, type Records } from "@infill/core";
import {
  SAMPLE_TIME,
  sampleCallback,
  sampleEnd,
  sampleJob,
  sampleReservation,
  sampleTenant,
} from "@infill/core/testing";
import { describe, expect, test } from "vitest";
import { threeInTen, withConflicts, withLostAnswers } from "../testing/faults.ts";
import { onDynoxide } from "../testing/on-dynoxide.ts";
import { createDynamoRecords } from "./index.ts";

const clock = { now: () => SAMPLE_TIME, sleep: () => Promise.resolve() };
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

onDynoxide("DynamoDB's records, with many at them,", ({ table, connect }) => {
  const over = (client: DynamoDBClient): Records => createDynamoRecords({ table: table(), client, clock });

  describe("a write that meets others", () => {
    const pauses: number[] = [];
    const patient = (when: () => boolean) =>
      createDynamoRecords({
        table: table(),
        client: withConflicts(connect(), when),
        clock: {
          now: clock.now,
          sleep: async (ms) => {
            pauses.push(ms);
          },
        },
        random: () => 0.5,
      });

    test("every time says when to come again, and never that money is short", async () => {
      const { job } = await over(connect()).createJob(sampleJob());
      const records = patient(() => true);
      const busy = { code: "internal", status: 503, retryable: true, options: { retryAfterSeconds: 2 } };
      pauses.length = 0;
      await expect(records.createJob(sampleJob())).rejects.toMatchObject(busy);
      expect(pauses).toEqual([12.5, 25, 50, 100, 200, 400, 500]);
      await expect(records.updateJob(job.id, {}, { progress: 0.5 })).rejects.toMatchObject(busy);
      await expect(records.endJob(job.id, sampleEnd(job))).rejects.toMatchObject(busy);
      await expect(records.putCallback(job.id, sampleCallback("{}"), 8)).rejects.toMatchObject(busy);
    });

    test("leaves nothing when it never gets through", async () => {
      const job = sampleJob();
      await expect(patient(() => true).createJob(job)).rejects.toBeInstanceOf(InfillError);
      expect(await over(connect()).getJob(job.id)).toBeUndefined();
      expect((await over(connect()).getBudget(job.tenant)).reserved).toBe(0);
    });
  });

  describe("a write whose answer was lost", () => {
    /** Every first answer is lost, every second one comes. */
    const records = () => {
      let writes = 0;
      return over(withLostAnswers(connect(), () => ++writes % 2 === 1));
    };

    test("made one job and one reservation, and knows that it made them", async () => {
      const job = sampleJob({ estimate: 700 });
      expect(await records().createJob(job)).toStrictEqual({ created: true, job });
      expect((await records().getBudget(job.tenant)).reserved).toBe(700);
    });

    test("claimed for whom it was sent", async () => {
      const { job } = await over(connect()).createJob(sampleJob());
      expect(await records().claimJob(job.id, "mine", 1000)).toMatchObject({ rev: 1, execution: "mine" });
    });

    test("marked the row, and is not taken for another's mark: the submit goes on", async () => {
      const { job } = await over(connect()).createJob(sampleJob());
      const marked = await records().updateJob(job.id, { acceptance: "none" }, { acceptance: "possible" });
      expect(marked).toStrictEqual({ ...job, rev: 1, acceptance: "possible" });
    });

    test("is another's all the same when another's came between", async () => {
      const { job } = await over(connect()).createJob(sampleJob());
      await over(connect()).updateJob(job.id, { acceptance: "none" }, { acceptance: "possible" });
      expect(await records().updateJob(job.id, { acceptance: "none" }, { acceptance: "possible" })).toBeUndefined();
    });

    test("ended the job once", async () => {
      const { job } = await over(connect()).createJob(sampleJob({ estimate: 700 }));
      expect(await records().endJob(job.id, sampleEnd(job))).toMatchObject({ ended: true, job: { rev: 1 } });
      expect(await records().getBudget(job.tenant)).toMatchObject({ reserved: 0, settled: 700 });
    });

    test("bound the provider's id to the job that sent it", async () => {
      expect(await records().bindProviderJob("vendor", sampleTenant(), "job")).toBe(true);
    });
  });

  describe("a budget", () => {
    const settle = (records: Records, jobs: Job[]) =>
      Promise.allSettled(jobs.map((job) => records.createJob(job))).then((outcomes) =>
        outcomes.map((outcome) => (outcome.status === "fulfilled" ? "created" : outcome.reason.code)),
      );

    test("of a thousand creates at once takes exactly those it covers", async () => {
      const tenant = sampleTenant();
      const records = over(withConflicts(connect(), threeInTen()));
      await records.setBudgetLimit(tenant, 3_799);
      const outcomes = await settle(
        records,
        times(1000, () => sampleJob({ tenant, estimate: 100 })),
      );
      expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(37);
      expect(outcomes.filter((outcome) => outcome === "budget_exceeded")).toHaveLength(963);
      expect(await records.getBudget(tenant)).toMatchObject({ reserved: 3_700 });
    });

    test("of a thousand creates at once that share a counter, exactly those take from it that fit", async () => {
      const counter = sampleTenant();
      const records = over(withConflicts(connect(), threeInTen()));
      const outcomes = await Promise.allSettled(
        times(1000, () => records.createJob(sampleJob(), [sampleReservation(counter, 100, 3_799)])),
      );
      const codes = outcomes.map((outcome) => (outcome.status === "fulfilled" ? "created" : outcome.reason.code));
      expect(codes.filter((code) => code === "created")).toHaveLength(37);
      expect(codes.filter((code) => code === "budget_exceeded")).toHaveLength(963);
      expect(await records.readCounters([counter])).toEqual([3_700]);
    });

    test("stays exact when its limit changes while jobs are made and end", async () => {
      const tenant = sampleTenant();
      const records = over(connect());
      const jobs = times(60, () => sampleJob({ tenant, estimate: 100 }));
      await Promise.all(
        jobs.map(async (job, i) => {
          if (i % 6 === 0) await records.setBudgetLimit(tenant, i % 4 === 0 ? undefined : 1_000 + i);
          const made = await records.createJob(job).catch(() => undefined);
          const settlement = { state: "settled", amount: i } as const;
          if (made !== undefined && i % 3 === 0) await records.endJob(job.id, sampleEnd(job, { settlement }));
        }),
      );
      const { reserved, settled } = await records.getBudget(tenant);
      const open = (await Promise.all(jobs.map(({ id }) => records.getJob(id)))).filter((job) => job !== undefined);
      const sum = (state: string) =>
        open.reduce((total, { settlement }) => total + (settlement.state === state ? settlement.amount : 0), 0);
      expect([reserved, settled]).toEqual([sum("reserved"), sum("settled")]);

      await records.setBudgetLimit(tenant, reserved + settled + 50);
      expect(await settle(records, [sampleJob({ tenant, estimate: 51 })])).toEqual(["budget_exceeded"]);
      expect(await settle(records, [sampleJob({ tenant, estimate: 50 })])).toEqual(["created"]);
    });
  });
});
