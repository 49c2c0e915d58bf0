import { describe, expect, test } from "vitest";
import { randomIds } from "../../ids.ts";
import type { Records } from "../../ports.ts";
import { sampleEnd, sampleJob } from "../samples.ts";
import { times } from "./times.ts";

export function cancelsJobs(records: () => Records): void {
  describe("requesting cancel", () => {
    test("sets the flag and nothing else: the workflow is who settles", async () => {
      const { job } = await records().createJob(sampleJob());
      const flagged = await records().requestCancel(job.id, 2000);
      expect(flagged).toStrictEqual({ ...job, rev: 1, cancelRequestedAt: 2000 });
      expect(await records().getJob(job.id)).toStrictEqual(flagged);
    });

    test("again gives the row as it is and keeps the first time", async () => {
      const { job } = await records().createJob(sampleJob());
      const flagged = await records().requestCancel(job.id, 2000);
      expect(await records().requestCancel(job.id, 3000)).toStrictEqual(flagged);
      expect(await records().getJob(job.id)).toStrictEqual(flagged);
    });

    test("many times at once counts once", async () => {
      const { job } = await records().createJob(sampleJob());
      await Promise.all(times(8, (i) => records().requestCancel(job.id, 2000 + i)));
      expect((await records().getJob(job.id))?.rev).toBe(1);
    });

    test("of a terminal job gives it untouched", async () => {
      const { job } = await records().createJob(sampleJob());
      const ended = await records().endJob(job.id, sampleEnd(job));
      expect(await records().requestCancel(job.id, 2000)).toStrictEqual(ended?.job);
      expect(await records().getJob(job.id)).toStrictEqual(ended?.job);
    });

    test("of what is not there is undefined, and makes none", async () => {
      const id = randomIds.make("job");
      expect(await records().requestCancel(id, 2000)).toBeUndefined();
      expect(await records().getJob(id)).toBeUndefined();
    });
  });
}
