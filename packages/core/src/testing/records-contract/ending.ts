import { describe, expect, test } from "vitest";
import type { Records } from "../../ports.ts";
import { sampleEnd, sampleJob } from "../samples.ts";
import { times } from "./times.ts";

const WEBHOOK = "https://app.example/hook";

export function endsJobs(records: () => Records): void {
  describe("ending a job", () => {
    test("writes state, settlement and event together", async () => {
      const { id } = (await records().createJob(sampleJob({ estimate: 700 }))).job;
      await records().claimJob(id, "mine", 1000);
      const job = await records().updateJob(id, {}, { phase: "storing", pauseToken: "token" });
      const { phase: _, pauseToken: __, ...kept } = job ?? sampleJob();
      const end = sampleEnd(kept, { settlement: { state: "settled", amount: 650 }, url: WEBHOOK });

      const outcome = await records().endJob(id, end);
      // the pause's token is gone with it: nobody completes a pause of a job that ended
      expect(outcome).toStrictEqual({
        ended: true,
        job: {
          ...kept,
          rev: 3,
          status: "succeeded",
          progress: 1,
          finishedAt: end.patch.finishedAt,
          eventId: end.event.id,
          settlement: { state: "settled", amount: 650 },
        },
      });
      expect(await records().getJob(id)).toStrictEqual(outcome?.job);
      expect(await records().getEvent(end.event.id)).toStrictEqual(end.event);
      expect(await records().getBudget(kept.tenant)).toStrictEqual({ reserved: 0, settled: 650, unreconciled: 0 });
    });

    test.each(["failed", "canceled"] as const)("%s is an end a queued job may come to", async (status) => {
      const { job } = await records().createJob(sampleJob());
      const error = { code: "internal", message: "It broke", retryable: true, details: { step: "prepare" } } as const;
      const end = sampleEnd(job, { patch: { status, error }, settlement: { state: "refunded", amount: 0 } });
      expect(await records().endJob(job.id, end)).toMatchObject({ ended: true, job: { status, error } });
      expect(await records().getEvent(end.event.id)).toMatchObject({ type: `job.${status}` });
    });

    test("by many at once has one winner: its state, its money, its event", async () => {
      const { job } = await records().createJob(sampleJob({ estimate: 700 }));
      const ends = times(9, (i) =>
        sampleEnd(job, {
          patch: { status: (["succeeded", "failed", "canceled"] as const)[i % 3] ?? "failed" },
          settlement: { state: "settled", amount: i },
        }),
      );
      const outcomes = await Promise.all(ends.map((end) => records().endJob(job.id, end)));
      const winner = outcomes.findIndex((outcome) => outcome?.ended);
      expect(outcomes.filter((outcome) => outcome?.ended)).toHaveLength(1);
      for (const outcome of outcomes) expect(outcome?.job).toStrictEqual(outcomes[winner]?.job);
      expect(outcomes[winner]?.job).toMatchObject({ rev: 1, settlement: { amount: winner } });

      const events = await Promise.all(ends.map(({ event }) => records().getEvent(event.id)));
      expect(events.map((event) => event !== undefined)).toEqual(times(9, (i) => i === winner));
      expect(await records().getBudget(job.tenant)).toStrictEqual({ reserved: 0, settled: winner, unreconciled: 0 });
    });

    test("that has ended changes nothing and gives the row as it ended", async () => {
      const { job } = await records().createJob(sampleJob({ estimate: 700 }));
      const first = await records().endJob(job.id, sampleEnd(job));
      const late = sampleEnd(job, { patch: { status: "failed" }, settlement: { state: "unreconciled", amount: 700 } });
      expect(await records().endJob(job.id, late)).toStrictEqual({ ended: false, job: first?.job });
      expect(await records().getJob(job.id)).toStrictEqual(first?.job);
      expect(await records().getEvent(late.event.id)).toBeUndefined();
      expect(await records().getBudget(job.tenant)).toStrictEqual({ reserved: 0, settled: 700, unreconciled: 0 });
    });

    test("is refused when it was sent again since, and changes nothing", async () => {
      const { id } = (await records().createJob(sampleJob({ estimate: 700 }))).job;
      const job = await records().updateJob(id, {}, { attempt: 2, acceptance: "possible" });
      const early = { ...sampleEnd(job ?? sampleJob()), attempt: 1 };
      expect(await records().endJob(id, early)).toStrictEqual({ ended: false, job });
      expect(await records().getJob(id)).toStrictEqual(job);
      expect(await records().getEvent(early.event.id)).toBeUndefined();
      expect((await records().getBudget(job?.tenant ?? "")).reserved).toBe(700);
      expect(await records().endJob(id, { ...early, attempt: 2 })).toMatchObject({ ended: true });
    });

    test("that is not there is undefined: no row, no event, no money", async () => {
      const job = sampleJob();
      const end = sampleEnd(job);
      expect(await records().endJob(job.id, end)).toBeUndefined();
      expect(await records().getJob(job.id)).toBeUndefined();
      expect(await records().getEvent(end.event.id)).toBeUndefined();
      expect(await records().getBudget(job.tenant)).toStrictEqual({ reserved: 0, settled: 0, unreconciled: 0 });
    });
  });
}
