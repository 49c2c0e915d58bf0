import { describe, expect, test } from "vitest";
import { randomIds } from "../../ids.ts";
import type { JobPatch } from "../../job.ts";
import type { JobGuard, Records } from "../../ports.ts";
import { sampleEnd, sampleJob } from "../samples.ts";
import { times } from "./times.ts";

export function updatesJobs(records: () => Records): void {
  /** Claimed by `mine`; nothing sent. */
  const running = async () => {
    const { job } = await records().createJob(sampleJob());
    return (await records().claimJob(job.id, "mine", 1000)) ?? job;
  };

  describe("updating a job", () => {
    test("writes the fields of the patch, leaves the others, and counts", async () => {
      const job = await running();
      const patch = { phase: "preparing", progress: 0.1, warnings: ["soft mask"] } as const satisfies JobPatch;
      const updated = await records().updateJob(job.id, {}, { ...patch, warnings: [...patch.warnings] });
      expect(updated).toStrictEqual({ ...job, ...patch, rev: 2 });
      expect(await records().getJob(job.id)).toStrictEqual(updated);
    });

    test("removes a field that the patch sets to undefined, there or not", async () => {
      const job = await running();
      await records().updateJob(job.id, {}, { pauseToken: "token", phase: "submitted" });
      const updated = await records().updateJob(job.id, {}, { pauseToken: undefined, plan: undefined });
      expect(updated).toStrictEqual({ ...job, phase: "submitted", rev: 3 });
      expect(await records().getJob(job.id)).toStrictEqual(updated);
    });

    test("replaces a field whole, never merges into it", async () => {
      const job = await running();
      await records().updateJob(job.id, {}, { providerJob: { id: "1", server: "eu" } });
      expect((await records().updateJob(job.id, {}, { providerJob: { id: "2" } }))?.providerJob).toStrictEqual({
        id: "2",
      });
    });

    test("many times at once loses none", async () => {
      const job = await running();
      const patches: JobPatch[] = [
        { progress: 0.5 },
        { phase: "storing" },
        { pauseToken: "token" },
        { callbacksSeen: 3 },
        { outputs: ["w/a"] },
        { warnings: ["soft mask"] },
      ];
      const revs = await Promise.all(
        patches.map(async (patch) => (await records().updateJob(job.id, {}, patch))?.rev ?? -1),
      );
      expect(revs.sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7]);
      expect(await records().getJob(job.id)).toStrictEqual(Object.assign({ ...job, rev: 7 }, ...patches));
    });

    test.each<[string, JobGuard, JobPatch?]>([
      ["another execution claimed it", { execution: "other" }],
      ["its acceptance is another", { acceptance: "possible" }],
      ["cancel was requested", { notCanceled: true }, { cancelRequestedAt: 2000 }],
      ["it was sent again since", { attempt: 0 }, { attempt: 1 }],
      ["one of several conditions fails", { execution: "mine", notCanceled: true, acceptance: "accepted" }],
      ["the other of several fails", { execution: "other", notCanceled: true, acceptance: "none" }],
    ])("is refused when %s", async (_, guard, before = {}) => {
      const { id } = await running();
      const job = await records().updateJob(id, {}, before);
      expect(await records().updateJob(id, guard, { phase: "submitted" })).toBeUndefined();
      expect(await records().getJob(id)).toStrictEqual(job);
    });

    test.each<[string, JobGuard, JobPatch?]>([
      ["nothing is asked", {}],
      ["all conditions hold", { execution: "mine", notCanceled: true, acceptance: "none", attempt: 0 }],
      ["cancel was requested and does not matter", { execution: "mine" }, { cancelRequestedAt: 2000 }],
    ])("is done when %s", async (_, guard, before = {}) => {
      const { id } = await running();
      await records().updateJob(id, {}, before);
      expect(await records().updateJob(id, guard, { phase: "submitted" })).toMatchObject({ phase: "submitted" });
    });

    test("of a queued job is refused to every execution", async () => {
      const { job } = await records().createJob(sampleJob());
      expect(await records().updateJob(job.id, { execution: "mine" }, { progress: 0.5 })).toBeUndefined();
    });

    test("lets one of many mark a row that nothing was sent for: one submit", async () => {
      const job = await running();
      const guard = { execution: "mine", notCanceled: true, acceptance: "none" } as const;
      const marks = await Promise.all(
        times(8, (i) => records().updateJob(job.id, guard, { acceptance: "possible", attempt: i })),
      );
      const marked = marks.filter((mark) => mark !== undefined);
      expect(marked).toHaveLength(1);
      expect(await records().getJob(job.id)).toStrictEqual(marked[0]);
    });

    test("never touches a terminal row", async () => {
      const job = await running();
      const ended = await records().endJob(job.id, sampleEnd(job));
      expect(await records().updateJob(job.id, {}, { progress: 0.5 })).toBeUndefined();
      expect(await records().updateJob(job.id, { execution: "mine" }, { error: undefined })).toBeUndefined();
      expect(await records().getJob(job.id)).toStrictEqual(ended?.job);
    });

    test("that is not there is undefined, and makes none", async () => {
      const id = randomIds.make("job");
      expect(await records().updateJob(id, {}, { progress: 0.5 })).toBeUndefined();
      expect(await records().getJob(id)).toBeUndefined();
    });
  });
}
