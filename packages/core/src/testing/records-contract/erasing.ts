import { describe, expect, test } from "vitest";
import { TOMBSTONE_MS, tombstoneOf } from "../../erase.ts";
import type { Records } from "../../ports.ts";
import { SAMPLE_TIME, sampleAsset, sampleCallback, sampleEnd, sampleJob, sampleTenant } from "../samples.ts";
import { times } from "./times.ts";

const CANARY = "canary-9f2c";
const ERASED_AT = SAMPLE_TIME + 60_000;

export function erasesJobs(records: () => Records): void {
  /** A job with the canary in everything that callers, vendors and we write of it. */
  const ended = async () => {
    const plain = sampleJob({ user: CANARY, estimate: 700, words: CANARY });
    const request = { ...plain.request, prompt: CANARY, metadata: { note: CANARY }, webhook: `https://${CANARY}.test` };
    const { job } = await records().createJob({ ...plain, request });
    await records().putCallback(job.id, sampleCallback(CANARY), 8);
    const end = sampleEnd(job, { url: `https://${CANARY}.test`, endpoints: ["whe_1"] });
    await records().endJob(job.id, end);
    const row = (await records().getJob(job.id)) ?? job;
    return { row, eventId: end.event.id };
  };
  const lists = async (tenant: string) => [
    ...(await records().listJobs({ tenant, limit: 9 })).jobs,
    ...(await records().listJobs({ tenant, user: CANARY, limit: 9 })).jobs,
  ];

  describe("erasing a job", () => {
    test("leaves what it was and what it cost, and nothing that anybody wrote", async () => {
      const { row, eventId } = await ended();
      const left = tombstoneOf(row, ERASED_AT);
      await records().eraseJob(row.id, left);

      expect(await records().getJob(row.id)).toStrictEqual(left);
      expect(left).toMatchObject({ id: row.id, fingerprint: row.fingerprint, status: "succeeded", estimate: 700 });
      expect(await records().listCallbacks(row.id)).toStrictEqual([]);
      expect(await lists(row.tenant)).toStrictEqual([]);
      const event = await records().getEvent(eventId);
      expect(event).toMatchObject({ jobId: row.id, delivery: { state: "none" } });
      expect(event).not.toHaveProperty("endpoints");
      expect(JSON.stringify([left, event])).not.toContain(CANARY);
      // the money stays where it went
      expect(await records().getBudget(row.tenant)).toStrictEqual({ reserved: 0, settled: 700, unreconciled: 0 });
    });

    test("twice, or of one that is not there, changes nothing", async () => {
      const { row } = await ended();
      const left = tombstoneOf(row, ERASED_AT);
      await records().eraseJob(row.id, left);
      await records().eraseJob(row.id, tombstoneOf(left, ERASED_AT + 1000));
      expect(await records().getJob(row.id)).toStrictEqual(left);
      const nobody = sampleJob();
      await records().eraseJob(nobody.id, tombstoneOf(nobody, ERASED_AT));
      expect(await records().getJob(nobody.id)).toBeUndefined();
    });

    test("does not happen to one that goes on", async () => {
      const { job } = await records().createJob(sampleJob());
      await records().eraseJob(job.id, tombstoneOf(job, ERASED_AT));
      expect(await records().getJob(job.id)).toStrictEqual(job);
    });

    test("keeps its id from being made again, for a day", async () => {
      const { row } = await ended();
      await records().eraseJob(row.id, tombstoneOf(row, ERASED_AT));
      const again = sampleJob({ id: row.id, tenant: row.tenant, createdAt: ERASED_AT + TOMBSTONE_MS - 1 });
      expect(await records().createJob(again)).toMatchObject({ created: false, job: { erasedAt: ERASED_AT } });
    });

    test("that was asked for while it went on stands on its row", async () => {
      const { job } = await records().createJob(sampleJob());
      const marked = await records().updateJob(job.id, {}, { eraseRequestedAt: 1000 });
      await records().endJob(job.id, sampleEnd(job));
      expect(await records().getJob(job.id)).toMatchObject({ eraseRequestedAt: 1000, rev: (marked?.rev ?? 0) + 1 });
    });
  });

  test("an end user's assets are listed until they are removed, and nobody else's", async () => {
    const [tenant, other] = [sampleTenant(), sampleTenant()];
    const hers = times(3, () => sampleAsset({ tenant, user: "ada" }));
    const others = [{ tenant }, { tenant, user: "ben" }, { tenant: other, user: "ada" }].map(sampleAsset);
    for (const asset of [...hers, ...others]) await records().putAsset(asset);
    const list = async (limit: number) => await records().listAssets({ tenant, user: "ada", limit });
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect((await list(9)).toSorted(byId)).toStrictEqual(hers.toSorted(byId));
    expect(await list(2)).toHaveLength(2);
    for (const { id } of hers) await records().removeAsset(id);
    expect(await list(9)).toStrictEqual([]);
    // they are no jobs
    expect(await records().listJobs({ tenant, user: "ada", limit: 9 })).toStrictEqual({ jobs: [] });
  });

  test("an asset that is removed is not there any more, and another is", async () => {
    const [one, other] = [sampleAsset(), sampleAsset()];
    for (const asset of [one, other]) await records().putAsset(asset);
    await records().removeAsset(one.id);
    await records().removeAsset(one.id);
    expect(await records().getAsset(one.id)).toBeUndefined();
    expect(await records().getAsset(other.id)).toStrictEqual(other);
  });
}
