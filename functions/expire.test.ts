import { type Engine, executionNameOf, randomIds } from "@infill/core";
import { SAMPLE_TIME, sampleEnd, sampleJob } from "@infill/core/testing";
import { createSqliteRecords } from "@infill/local";
import { expect, onTestFinished, test } from "vitest";
import { expireHandler } from "./expire.ts";

const log = { info() {}, warn() {}, error() {} };
const clock = { now: () => SAMPLE_TIME, sleep: async () => {} };

/** Real records, and an engine that remembers. */
function makeExpire() {
  const records = createSqliteRecords({ path: ":memory:" });
  onTestFinished(() => records.close());
  const removed: string[] = [];
  const remove = async (key: string) => void removed.push(key);
  const objects = { remove, removeAll: remove, create: async () => true };
  const started: unknown[] = [];
  const engine: Engine = { start: async (...call) => void started.push(call), complete: async () => false };
  return { records, started, removed, expire: expireHandler({ records, objects, engine, clock, ids: randomIds, log }) };
}

const stopped = (jobId: string) => ({
  detail: {
    durableExecutionArn: `arn:aws:lambda:eu-west-1:123456789012:function:infill-test-Inpaint:7/durable-execution/${jobId}/4c2f-9d0c`,
    status: "STOPPED",
  },
});

test("the job of an execution that was stopped fails, and its reservation is given back", async () => {
  const { records, expire } = makeExpire();
  const { job } = await records.createJob(sampleJob());
  await expire(stopped(job.id));
  expect(await records.getJob(job.id)).toMatchObject({
    status: "failed",
    settlement: { state: "refunded", amount: 0 },
  });
  expect((await records.getBudget(job.tenant)).reserved).toBe(0);
});

test("a job that was to be erased at its end is: its pictures, and what was written", async () => {
  const { records, removed, started, expire } = makeExpire();
  const plain = sampleJob();
  const request = { ...plain.request, prompt: "a canary", webhook: "https://app.example/hook" };
  const { job } = await records.createJob({ ...plain, request });
  await records.updateJob(job.id, {}, { eraseRequestedAt: SAMPLE_TIME });
  for (let i = 0; i < 2; i++) await expire(stopped(job.id));
  const left = await records.getJob(job.id);
  expect(left).toMatchObject({ status: "failed", erasedAt: SAMPLE_TIME });
  expect(JSON.stringify(left)).not.toContain("canary");
  expect(removed.toSorted()).toEqual([`r/${job.id}/`, job.image.key, job.mask.key, `w/${job.id}/`].toSorted());
  expect(started).toEqual([]);
});

test("a job that has the id of one that was erased long ago is not ended for that one's execution", async () => {
  const { records, expire } = makeExpire();
  const { job } = await records.createJob(sampleJob());
  await expire(stopped(executionNameOf({ ...job, createdAt: job.createdAt - 2 * 24 * 3600 * 1000 })));
  expect(await records.getJob(job.id)).toEqual(job);
  await expire(stopped(executionNameOf(job)));
  expect(await records.getJob(job.id)).toMatchObject({ status: "failed" });
});

test("what may have been charged stays on the books", async () => {
  const { records, expire } = makeExpire();
  const { job } = await records.createJob(sampleJob());
  await records.claimJob(job.id, "execution", SAMPLE_TIME);
  await records.updateJob(job.id, {}, { acceptance: "possible" });
  await expire(stopped(job.id));
  expect(await records.getJob(job.id)).toMatchObject({
    status: "failed",
    error: { code: "outcome_unknown" },
    settlement: { state: "unreconciled", amount: job.estimate },
  });
});

test("a job that has ended stays as it is, however often it is told", async () => {
  const { records, expire } = makeExpire();
  const { job } = await records.createJob(sampleJob());
  await records.endJob(job.id, sampleEnd(job));
  const ended = await records.getJob(job.id);
  await expire(stopped(job.id));
  await expire(stopped(job.id));
  expect(await records.getJob(job.id)).toEqual(ended);
});

test("an event that names no execution is refused, so that somebody looks at it", async () => {
  const { expire } = makeExpire();
  await expect(expire({ detail: { durableExecutionArn: "arn:aws:lambda:x", status: "FAILED" } })).rejects.toThrow(
    "This is not the ARN of a durable execution: arn:aws:lambda:x",
  );
});

test("of an old job the uploads go, too: not every storage has removed them by then", async () => {
  const { records, removed, expire } = makeExpire();
  const createdAt = SAMPLE_TIME - 60 * 24 * 3600 * 1000;
  const { job } = await records.createJob({ ...sampleJob(), createdAt });
  await records.updateJob(job.id, {}, { eraseRequestedAt: SAMPLE_TIME });
  await expire(stopped(job.id));
  expect(removed).toEqual(expect.arrayContaining([job.image.key, job.mask.key]));
});
