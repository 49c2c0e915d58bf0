import { describe, expect, test } from "vitest";
import type { Job } from "../../job.ts";
import type { Records } from "../../ports.ts";
import { SAMPLE_TIME, sampleEnd, sampleJob, sampleTenant } from "../samples.ts";
import { times } from "./times.ts";

export function givesSlots(records: () => Records): void {
  /** A running job, `age` ms younger than the sample's time. */
  const running = async (age = 0, overrides: Partial<Job> = {}): Promise<Job> => {
    const { job } = await records().createJob(sampleJob({ createdAt: SAMPLE_TIME + age, ...overrides }));
    return (await records().claimJob(job.id, "one", SAMPLE_TIME)) ?? job;
  };
  /** A provider nobody else has, with so many places. */
  const provider = (places: number) => {
    const name = sampleTenant();
    return {
      name,
      take: (job: Job, now = SAMPLE_TIME) =>
        records().takeSlot(job.id, { execution: "one" }, { provider: name, places, now }),
      first: (now = SAMPLE_TIME) => records().firstInLine(name, now),
    };
  };
  const end = async ({ id }: Job, slotUntil?: number) => {
    const job = await records().getJob(id);
    if (job === undefined) throw new Error(`there is no ${id}`);
    return records().endJob(id, { ...sampleEnd(job), ...(slotUntil === undefined ? {} : { slotUntil }) });
  };

  describe("a provider's places", () => {
    test("are taken as long as there are any, and the row says so", async () => {
      const { name, take } = provider(2);
      const [first, second] = [await running(1), await running(2)];
      expect(await take(first)).toMatchObject({ taken: true, free: 1, job: { slot: { provider: name } } });
      expect(await take(second)).toMatchObject({ taken: true, free: 0 });
      const rows = await Promise.all([first, second].map(({ id }) => records().getJob(id)));
      expect(rows.map((row) => row?.slot?.place).sort()).toStrictEqual([0, 1]);
      expect(rows[0]?.rev).toBe(first.rev + 1);
    });

    test("keep their job when it asks again", async () => {
      const { take, first } = provider(1);
      const job = await running();
      const taken = await take(job);
      expect(await take(job)).toStrictEqual(taken);
      expect(await first()).toBeUndefined();
    });

    test("that are all taken put a job in line, until the first lease ends", async () => {
      const { name, take, first } = provider(1);
      await take(await running(0, { deadlineAt: SAMPLE_TIME + 9_000 }));
      const waiting = await running(1);
      expect(await take(waiting)).toMatchObject({ taken: false, until: SAMPLE_TIME + 9_000 });
      expect(await take(waiting)).toMatchObject({ taken: false });
      expect((await records().getJob(waiting.id))?.slot).toStrictEqual({ provider: name });
      expect(await first()).toBe(waiting.id);
    });

    test("are given to whoever is oldest in line, and to nobody who came later", async () => {
      const { take, first } = provider(1);
      const [holder, later, earlier, late] = [await running(0), await running(2), await running(1), await running(3)];
      await take(holder);
      for (const job of [later, earlier]) expect(await take(job)).toMatchObject({ taken: false });
      expect(await first()).toBe(earlier.id);
      await end(holder);
      for (const job of [late, later]) expect(await take(job)).toMatchObject({ taken: false });
      expect(await take(earlier)).toMatchObject({ taken: true, free: 0 });
      expect(await first()).toBe(later.id);
    });

    test("of which several are free are for as many of the line", async () => {
      const { take } = provider(2);
      const holders = [await running(0), await running(0)];
      for (const job of holders) await take(job);
      const [first, second, third] = [await running(1), await running(2), await running(3)];
      for (const job of [first, second, third]) await take(job);
      for (const job of holders) await end(job);
      expect(await take(third)).toMatchObject({ taken: false });
      expect(await take(second)).toMatchObject({ taken: true, free: 1 });
      expect(await take(third)).toMatchObject({ taken: false });
      expect(await take(first)).toMatchObject({ taken: true, free: 0 });
    });

    test("are free when their lease ended, and the end of who had one before takes it from nobody", async () => {
      const { take } = provider(1);
      const dead = await running(0, { deadlineAt: SAMPLE_TIME + 9_000 });
      const next = await running(1);
      await take(dead);
      expect(await take(next, SAMPLE_TIME + 8_999)).toMatchObject({ taken: false });
      expect(await take(next, SAMPLE_TIME + 9_000)).toMatchObject({ taken: true });
      expect(await end(dead)).toMatchObject({ ended: true });
      expect(await take(await running(2), SAMPLE_TIME + 9_001)).toMatchObject({ taken: false });
    });

    test("stay taken after a job's end as long as that says, and no longer", async () => {
      const { take } = provider(1);
      const canceled = await running(0);
      await take(canceled);
      await end(canceled, SAMPLE_TIME + 5_000);
      const next = await running(1);
      expect(await take(next, SAMPLE_TIME + 4_999)).toMatchObject({ taken: false, until: SAMPLE_TIME + 5_000 });
      expect(await take(next, SAMPLE_TIME + 5_000)).toMatchObject({ taken: true });
    });

    test("are left before the end, too, and a place in line like them", async () => {
      const { take, first } = provider(1);
      const [holder, waiting] = [await running(0), await running(1)];
      await take(holder);
      await take(waiting);
      for (const { id } of [waiting, holder]) {
        await records().leaveSlot(id);
        await records().leaveSlot(id);
        expect(await records().getJob(id)).not.toHaveProperty("slot");
      }
      expect(await first()).toBeUndefined();
      expect(await take(await running(2))).toMatchObject({ taken: true, free: 0 });
    });

    test("have nobody in line who has ended, or whose deadline is past", async () => {
      const { take, first } = provider(1);
      await take(await running(0));
      const [ended, late, last] = [
        await running(1),
        await running(2, { deadlineAt: SAMPLE_TIME + 10 }),
        await running(3),
      ];
      for (const job of [ended, late, last]) await take(job);
      await end(ended);
      expect(await first(SAMPLE_TIME + 10)).toBe(last.id);
      expect(await records().getJob(ended.id)).not.toHaveProperty("slot");
    });

    test("are given only while the guard holds", async () => {
      const { name, take, first } = provider(1);
      const job = await running();
      const slot = { provider: name, places: 1, now: SAMPLE_TIME };
      expect(await records().takeSlot(job.id, { execution: "another" }, slot)).toBeUndefined();
      await records().requestCancel(job.id, SAMPLE_TIME);
      expect(await records().takeSlot(job.id, { notCanceled: true }, slot)).toBeUndefined();
      await end(job);
      expect(await take(job)).toBeUndefined();
      expect(await first()).toBeUndefined();
    });

    test("asked for by many at once are taken by as many as there are, and by every one in the end", async () => {
      const { take, first } = provider(3);
      const jobs = await Promise.all(times(12, (i) => running(i)));
      const answers = await Promise.all(jobs.map((job) => take(job)));
      expect(answers.filter((answer) => answer?.taken)).toHaveLength(3);
      const holding = jobs.filter((_, i) => answers[i]?.taken);
      const waiting = jobs.filter((_, i) => !answers[i]?.taken);
      for (const job of holding) await end(job);
      while (waiting.length > 0) {
        const next = await first();
        expect(next).toBe(waiting[0]?.id);
        const job = waiting.shift();
        if (job === undefined) break;
        expect(await take(job)).toMatchObject({ taken: true });
        await end(job);
      }
      expect(await first()).toBeUndefined();
    });
  });
}
