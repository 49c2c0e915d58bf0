import { newRow } from "@infill/aws/records";
import { type Engine, InfillError, type Job, randomIds } from "@infill/core";
import { sampleJob } from "@infill/core/testing";
import { expect, test } from "vitest";
import { type Change, relayHandler } from "./relay.ts";

const inserted = (kind: string, id: string, SequenceNumber: string): Change => ({
  eventName: "INSERT",
  dynamodb: { SequenceNumber, Keys: { pk: { S: `${kind}#${id}` }, sk: { S: kind } } },
});

/** A relay, and what it started. */
function makeRelay(options: { failing?: string; status?: Job["status"]; url?: string; endpoints?: string[] } = {}) {
  const started: unknown[] = [];
  const engine: Engine = {
    async start(...call) {
      if (call[1] === options.failing) throw new InfillError("internal", "Lambda throttles");
      started.push(call);
    },
    complete: async () => false,
  };
  const records = {
    getJob: async (id: string) => ({ ...sampleJob({ id, createdAt: 5 }), status: options.status ?? "queued" }),
    getEvent: async (id: string) => ({
      v: 1 as const,
      id,
      tenant: "acme",
      jobId: "job_1",
      type: "job.succeeded" as const,
      createdAt: 0,
      ...(options.url === undefined ? {} : { url: options.url }),
      ...(options.endpoints === undefined ? {} : { endpoints: options.endpoints }),
      delivery: { state: "pending" as const, attempts: 0 },
    }),
  };
  const log = { info() {}, warn() {}, error() {} };
  return { relay: relayHandler({ engine, records, log, newRow }), started };
}

test("a new job is started by the call its api would have made", async () => {
  const { relay, started } = makeRelay();
  expect(await relay({ Records: [inserted("job", "job_1", "1")] })).toEqual({ batchItemFailures: [] });
  expect(started).toEqual([["inpaint", "job_1-5", { jobId: "job_1" }]]);
});

test("a job that has begun by then is not started once more", async () => {
  const { relay, started } = makeRelay({ status: "running" });
  await relay({ Records: [inserted("job", "job_1", "1")] });
  expect(started).toEqual([]);
});

test("a new event is delivered where its job named a webhook", async () => {
  const { relay, started } = makeRelay({ url: "https://example.com/hook" });
  await relay({ Records: [inserted("event", "evt_1", "1")] });
  expect(started).toEqual([["notify", "evt_1", { eventId: "evt_1" }]]);
});

test("a new event is delivered to each endpoint that its row names, by a name that an execution may have", async () => {
  const [eventId, endpoint] = [randomIds.make("evt"), randomIds.make("whe")];
  const { relay, started } = makeRelay({ url: "https://example.com/hook", endpoints: [endpoint, "whe_2"] });
  await relay({ Records: [inserted("event", eventId, "1")] });
  const name = `${eventId}-${endpoint.slice(4)}`;
  expect(started).toEqual([
    ["notify", eventId, { eventId }],
    ["notify", name, { eventId, endpoint }],
    ["notify", `${eventId}-2`, { eventId, endpoint: "whe_2" }],
  ]);
  // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html: 64 with a replay's number
  expect(name.length).toBeLessThanOrEqual(64 - "-999999".length);
});

test("an event of whose deliveries one could not be started is given back, and the others are started", async () => {
  const { relay, started } = makeRelay({ endpoints: ["whe_1", "whe_2", "whe_3"], failing: "evt_1-2" });
  const answer = await relay({ Records: [inserted("event", "evt_1", "1")] });
  expect([answer.batchItemFailures.length, started.length]).toEqual([1, 2]);
});

test("an event that goes nowhere starts nothing", async () => {
  const { relay, started } = makeRelay();
  await relay({ Records: [inserted("event", "evt_1", "1")] });
  expect(started).toEqual([]);
});

test("what could not be started is given back, and the rest of the batch is started", async () => {
  const { relay, started } = makeRelay({ failing: "job_2-5" });
  const batch = ["1", "2", "3"].map((n) => inserted("job", `job_${n}`, n));
  expect(await relay({ Records: batch })).toEqual({ batchItemFailures: [{ itemIdentifier: "2" }] });
  expect(started).toHaveLength(2);
});

test("other changes are none of its business", async () => {
  const { relay, started } = makeRelay();
  const changed = { ...inserted("job", "job_1", "1"), eventName: "MODIFY" };
  await relay({ Records: [changed, inserted("asset", "ast_1", "2")] });
  expect(started).toEqual([]);
});
