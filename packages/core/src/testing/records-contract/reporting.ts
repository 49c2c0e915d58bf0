import { describe, expect, test } from "vitest";
import { tombstoneOf } from "../../erase.ts";
import { randomIds } from "../../ids.ts";
import type { Records } from "../../ports.ts";
import type { Report } from "../../reports.ts";
import { SAMPLE_TIME, sampleEnd, sampleJob } from "../samples.ts";

const report: Report = { reason: "privacy", text: "that is me, zoë", by: "user", at: SAMPLE_TIME + 5 };

export function keepsReports(records: () => Records): void {
  describe("a report", () => {
    test("stands on its job while that goes on, and does not hinder its end", async () => {
      const { job } = await records().createJob(sampleJob({ estimate: 700 }));
      expect(await records().reportJob(job.id, report)).toStrictEqual({ ...job, report, rev: 1 });
      expect(await records().endJob(job.id, sampleEnd(job))).toMatchObject({ ended: true, job: { report } });
    });

    test("of a job that has ended changes nothing else, and a later one takes its place", async () => {
      const { job } = await records().createJob(sampleJob());
      const ended = (await records().endJob(job.id, sampleEnd(job)))?.job ?? job;
      await records().reportJob(job.id, report);
      const later: Report = { reason: "other", by: "key", at: SAMPLE_TIME + 9 };
      await records().reportJob(job.id, later);
      expect(await records().getJob(job.id)).toStrictEqual({ ...ended, report: later, rev: ended.rev + 2 });
    });

    test("goes with its job, and comes to none that is erased, is to be, or is not there", async () => {
      const { job } = await records().createJob(sampleJob());
      const ended = (await records().endJob(job.id, sampleEnd(job)))?.job ?? job;
      const reported = (await records().reportJob(job.id, report)) ?? ended;
      const left = tombstoneOf(reported, SAMPLE_TIME + 60_000);
      expect(JSON.stringify(left)).not.toContain(report.text);
      await records().eraseJob(job.id, left);
      expect(await records().reportJob(job.id, report)).toBeUndefined();
      expect(await records().getJob(job.id)).toStrictEqual(left);

      const { job: open } = await records().createJob(sampleJob());
      await records().updateJob(open.id, {}, { eraseRequestedAt: 1000 });
      expect(await records().reportJob(open.id, report)).toBeUndefined();
      const nobody = randomIds.make("job");
      expect(await records().reportJob(nobody, report)).toBeUndefined();
      expect(await records().getJob(nobody)).toBeUndefined();
    });
  });
}
