import { describe, expect, test } from "vitest";
import { randomIds } from "../../ids.ts";
import type { JobEnd, Records } from "../../ports.ts";
import { SAMPLE_TIME, sampleEnd, sampleJob, sampleReservation, sampleTenant } from "../samples.ts";

const newCounter = () => randomIds.secret();
const keptUntil = SAMPLE_TIME + 86_400_000;

export function keepsLimits(records: () => Records): void {
  const read = async (counter: string) => (await records().readCounters([counter]))[0];

  describe("a job with reservations", () => {
    test("takes all of them and its budget, or none", async () => {
      const [wide, tight, tenant] = [newCounter(), newCounter(), sampleTenant()];
      const create = () =>
        records().createJob(sampleJob({ tenant, estimate: 100 }), [
          sampleReservation(wide, 100, 1000),
          sampleReservation(tight, 1, 2),
        ]);
      await create();
      await create();
      await expect(create()).rejects.toMatchObject({ options: { details: { counter: tight, used: 2 } } });
      expect(await records().readCounters([wide, tight, newCounter()])).toEqual([200, 2, 0]);
      expect(await records().getBudget(tenant)).toMatchObject({ reserved: 200 });
    });

    test("that is there is found when there is no room for another", async () => {
      const counter = newCounter();
      const { job } = await records().createJob(sampleJob(), [sampleReservation(counter, 1, 1)]);
      expect(await records().createJob(job, [sampleReservation(counter, 1, 1)])).toStrictEqual({ created: false, job });
    });

    test("that could never fit is refused by a counter nobody has used", async () => {
      const counter = newCounter();
      const refused = records().createJob(sampleJob(), [sampleReservation(counter, 11, 10)]);
      await expect(refused).rejects.toMatchObject({ options: { details: { counter, used: 0 } } });
    });

    test("is one of exactly as many as fit, of many at once", async () => {
      const counter = newCounter();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 40 }, () => records().createJob(sampleJob(), [sampleReservation(counter, 10, 79)])),
      );
      const refused = outcomes.filter(
        (outcome) => outcome.status === "rejected" && outcome.reason.code === "budget_exceeded",
      );
      expect([outcomes.filter(({ status }) => status === "fulfilled").length, refused.length]).toEqual([7, 33]);
      expect(await read(counter)).toBe(70);
    });

    test.each<[JobEnd["settlement"], number]>([
      [{ state: "refunded", amount: 0 }, 0],
      [{ state: "settled", amount: 400 }, 400],
      [{ state: "unreconciled", amount: 700 }, 700],
      [{ state: "settled", amount: 900 }, 900],
    ])("gives back what it does not cost where it was reserved: %j", async (settlement, used) => {
      const counter = newCounter();
      const job = sampleJob({ estimate: 700, reservedIn: [counter] });
      await records().createJob(job, [sampleReservation(counter, 700, 1000)]);
      await records().endJob(job.id, sampleEnd(job, { settlement }));
      await records().endJob(job.id, sampleEnd(job, { settlement }));
      expect(await read(counter)).toBe(used);
    });
  });

  describe("a counter", () => {
    test("counts up to its limit, however many count at once", async () => {
      const counter = newCounter();
      const counts = await Promise.all(Array.from({ length: 9 }, () => records().count(counter, 5, keptUntil)));
      const counted = counts.filter((count) => count !== undefined);
      expect(counted.sort()).toEqual([1, 2, 3, 4, 5]);
      expect(await read(counter)).toBe(5);
      expect(await records().count(newCounter(), 0, keptUntil)).toBeUndefined();
    });

    test("takes several at once whole, or not at all", async () => {
      const counter = newCounter();
      const counts = [];
      for (const amount of [6, 4, 2, 1]) counts.push(await records().count(counter, 5, keptUntil, amount));
      expect(counts).toEqual([undefined, 4, undefined, 5]);
      expect(await read(counter)).toBe(5);
    });
  });

  test("a tenant's limits are what was set last", async () => {
    const tenant = sampleTenant();
    expect(await records().getLimits(tenant)).toBeUndefined();
    await records().setLimits(tenant, { month: 9, day: 5 });
    await records().setLimits(tenant, { month: 7 });
    expect(await records().getLimits(tenant)).toStrictEqual({ month: 7 });
  });
}
