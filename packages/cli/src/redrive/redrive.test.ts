import { type Engine, executionNameOf, type Records, randomIds } from "@infill/core";
import { SAMPLE_TIME, sampleEnd, sampleJob } from "@infill/core/testing";
import { createSqliteRecords } from "@infill/local/records";
import { expect, onTestFinished, test } from "vitest";
import type { LostMessage } from "../aws/lost-queue.ts";
import { redrive } from "./redrive.ts";

const ROWS = JSON.stringify({ DDBStreamBatchInfo: { shardId: "shardId-1" } });
const execution = (jobId: string) =>
  JSON.stringify({
    detail: { durableExecutionArn: `arn:aws:lambda:x:1:function:f:7/durable-execution/${jobId}/0d6c` },
  });

/** Real records, a queue as a list, and an engine that remembers and may refuse. */
function makeScene(bodies: string[], options: { refuses?: (name: string) => boolean; undelivered?: string[] } = {}) {
  const records = createSqliteRecords({ path: ":memory:" });
  onTestFinished(() => records.close());
  const started: string[] = [];
  const engine: Engine = {
    async start(_, name) {
      if (options.refuses?.(name)) throw new Error("Lambda throttles");
      started.push(name);
    },
    complete: async () => false,
  };
  const deleted: string[] = [];
  const givenBack: string[] = [];
  const queue = {
    async *receive() {
      yield* bodies.map((body, i): LostMessage => ({ id: `m${i}`, body, receipt: `r${i}` }));
    },
    delete: async ({ id }: LostMessage) => void deleted.push(id),
    giveBack: async ({ id }: LostMessage) => void givenBack.push(id),
  };
  const run = (change: { dryRun?: boolean; records?: Records } = {}) =>
    redrive({
      queue,
      records,
      engine,
      ids: randomIds,
      clock: { now: () => SAMPLE_TIME, sleep: async () => {} },
      log: { info() {}, warn() {}, error() {} },
      async *undelivered() {
        yield* options.undelivered ?? [];
      },
      onAction() {},
      dryRun: false,
      ...change,
    });
  return { records, started, deleted, givenBack, run };
}

test("a job that is over time is ended, not started", async () => {
  const { records, started, deleted, run } = makeScene([ROWS]);
  const { job } = await records.createJob(sampleJob({ deadlineAt: SAMPLE_TIME - 1 }));
  expect((await run()).actions).toEqual([{ does: "expire", id: job.id }]);
  expect(await records.getJob(job.id)).toMatchObject({ status: "failed", settlement: { state: "refunded" } });
  expect([started, deleted]).toEqual([[], ["m0"]]);
});

test("one refusal keeps every message of the relay, and holds up no other start", async () => {
  const jobs = [sampleJob(), sampleJob(), sampleJob()];
  const { records, started, deleted, givenBack, run } = makeScene([ROWS, ROWS], {
    refuses: (name) => jobs[0] !== undefined && name === executionNameOf(jobs[0]),
  });
  for (const job of jobs) await records.createJob(job);
  const { kept, actions } = await run();
  expect(kept.map(({ because }) => because)).toEqual(["Lambda throttles", "Lambda throttles"]);
  expect(actions.find(({ failure }) => failure !== undefined)).toMatchObject({ does: "start", id: jobs[0]?.id });
  expect([started.length, deleted, givenBack]).toEqual([2, [], ["m0", "m1"]]);
});

test("more jobs than are read at once are all started, each once", async () => {
  const { records, started, run } = makeScene([ROWS]);
  const jobs = Array.from({ length: 501 }, () => sampleJob());
  for (const job of jobs) await records.createJob(job);
  await run();
  expect(started.sort()).toEqual(jobs.map(executionNameOf).sort());
});

test("a job that has the id of one that was erased long ago is left alone, and nothing is said to be done", async () => {
  const job = sampleJob();
  const { records, deleted, run } = makeScene([execution(executionNameOf({ ...job, createdAt: 1 }))]);
  await records.createJob(job);
  expect((await run()).actions).toEqual([]);
  expect([(await records.getJob(job.id))?.status, deleted]).toEqual(["queued", ["m0"]]);
});

test("a job that has ended since needs nothing, nor one whose records are gone", async () => {
  const job = sampleJob();
  const { records, deleted, run } = makeScene([execution(job.id), execution("job_gone")]);
  await records.createJob(job);
  await records.endJob(job.id, sampleEnd(job));
  expect(await run()).toMatchObject({ messages: 2, deleted: 2, actions: [] });
  expect(deleted).toEqual(["m0", "m1"]);
});

test("an execution that is none keeps its message", async () => {
  const { givenBack, run } = makeScene([JSON.stringify({ detail: { durableExecutionArn: "arn:aws:s3:::b" } })]);
  expect((await run()).kept).toEqual([{ message: "m0", because: expect.stringContaining("not the ARN") }]);
  expect(givenBack).toEqual(["m0"]);
});

test("a dry run does nothing, and gives every message back", async () => {
  const { records, started, deleted, givenBack, run } = makeScene([ROWS], { undelivered: ["evt_1"] });
  const { job } = await records.createJob(sampleJob());
  expect((await run({ dryRun: true })).actions).toEqual([
    { does: "start", id: job.id },
    { does: "deliver", id: "evt_1" },
  ]);
  expect([started, deleted, givenBack]).toEqual([[], [], ["m0"]]);
});

test("records that break keep what is in hand in the queue", async () => {
  const { records, givenBack, run } = makeScene([ROWS, execution("job_1")]);
  const broken = {
    ...records,
    getJob: () => Promise.reject(new Error("throttled")),
    unclaimedJobs: records.unclaimedJobs,
  };
  expect((await run({ records: broken })).kept).toEqual([{ message: "m1", because: "throttled" }]);
  expect(givenBack).toEqual(["m1"]);
});
