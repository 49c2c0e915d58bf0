import { describe, expect, test } from "vitest";
import { randomIds } from "../../ids.ts";
import type { Records } from "../../ports.ts";
import { sampleEnd, sampleJob } from "../samples.ts";
import { times } from "./times.ts";

export function claimsJobs(records: () => Records): void {
  const queued = async () => (await records().createJob(sampleJob())).job;

  describe("claiming a job", () => {
    test("sets it running for one execution", async () => {
      const job = await queued();
      const claimed = await records().claimJob(job.id, "first", 1000);
      expect(claimed).toStrictEqual({ ...job, rev: 1, status: "running", execution: "first", claimedAt: 1000 });
      expect(await records().getJob(job.id)).toStrictEqual(claimed);
    });

    test("again, by the same execution's replay, gives the row as it is and changes nothing", async () => {
      const job = await queued();
      await records().claimJob(job.id, "first", 1000);
      const now = await records().updateJob(job.id, {}, { phase: "submitted" });
      expect(await records().claimJob(job.id, "first", 2000)).toStrictEqual(now);
      expect(await records().getJob(job.id)).toStrictEqual(now);
    });

    test("is refused to any other execution", async () => {
      const job = await queued();
      const claimed = await records().claimJob(job.id, "first", 1000);
      expect(await records().claimJob(job.id, "second", 1000)).toBeUndefined();
      expect(await records().getJob(job.id)).toStrictEqual(claimed);
    });

    test("by many at once is given to one", async () => {
      const job = await queued();
      const claims = await Promise.all(times(8, (i) => records().claimJob(job.id, `execution ${i}`, 1000)));
      const given = claims.filter((claim) => claim !== undefined);
      expect(given).toHaveLength(1);
      expect(await records().getJob(job.id)).toStrictEqual(given[0]);
    });

    test("is still given when cancel was requested: the workflow is who settles", async () => {
      const job = await queued();
      await records().requestCancel(job.id, 500);
      expect(await records().claimJob(job.id, "first", 1000)).toMatchObject({
        status: "running",
        cancelRequestedAt: 500,
      });
    });

    test("is refused once the row is terminal, to its own execution too", async () => {
      const job = await queued();
      await records().claimJob(job.id, "first", 1000);
      const ended = await records().endJob(job.id, sampleEnd(job));
      expect(await records().claimJob(job.id, "first", 1000)).toBeUndefined();
      expect(await records().claimJob(job.id, "second", 1000)).toBeUndefined();
      expect(await records().getJob(job.id)).toStrictEqual(ended?.job);
    });

    test("that is not there is undefined, and makes none", async () => {
      const id = randomIds.make("job");
      expect(await records().claimJob(id, "first", 1000)).toBeUndefined();
      expect(await records().getJob(id)).toBeUndefined();
    });
  });

  describe("unclaimed jobs", () => {
    test("are the queued ones, oldest first", async () => {
      // of 1970, so that they come first in a table that others use
      const old = [3, 1, 2, 4].map((createdAt) => sampleJob({ createdAt }));
      const [third, first, second, fourth] = old.map(({ id }) => id);
      for (const job of old) await records().createJob(job);
      const ours = async () =>
        (await records().unclaimedJobs(1000)).map(({ id }) => id).filter((id) => old.some((job) => job.id === id));

      expect(await ours()).toEqual([first, second, third, fourth]);
      expect(await records().unclaimedJobs(2)).toHaveLength(2);

      await records().claimJob(second ?? "", "execution", 1000);
      await records().requestCancel(third ?? "", 1000);
      await records().endJob(fourth ?? "", sampleEnd(sampleJob(), { patch: { status: "failed" } }));
      expect(await ours()).toEqual([first, third]);

      for (const id of [first, third]) await records().claimJob(id ?? "", "execution", 1000);
      expect(await ours()).toEqual([]);
    });
  });
}
