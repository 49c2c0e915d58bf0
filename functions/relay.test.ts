import { newRow } from "@infill/aws/records";
import { type Engine, InfillError } from "@infill/core";
import { expect, test } from "vitest";
import { type Change, relayHandler } from "./relay.ts";

const inserted = (kind: string, id: string, SequenceNumber: string): Change => ({
  eventName: "INSERT",
  dynamodb: { SequenceNumber, Keys: { pk: { S: `${kind}#${id}` }, sk: { S: kind } } },
});

/** A relay, and what it started. */
function makeRelay(options: { failing?: string; url?: string } = {}) {
  const started: unknown[] = [];
  const engine: Engine = {
    async start(...call) {
      if (call[1] === options.failing) throw new InfillError("internal", "Lambda throttles");
      started.push(call);
    },
    complete: async () => false,
  };
  const records = {
    getEvent: async (id: string) => ({
      v: 1 as const,
      id,
      tenant: "acme",
      jobId: "job_1",
      type: "job.succeeded" as const,
      createdAt: 0,
      ...(options.url === undefined ? {} : { url: options.url }),
      delivery: { state: "pending" as const, attempts: 0 },
    }),
  };
  const log = { info() {}, warn() {}, error() {} };
  return { relay: relayHandler({ engine, records, log, newRow }), started };
}

test("a new job is started by the call its api would have made", async () => {
  const { relay, started } = makeRelay();
  expect(await relay({ Records: [inserted("job", "job_1", "1")] })).toEqual({ batchItemFailures: [] });
  expect(started).toEqual([["inpaint", "job_1", { jobId: "job_1" }]]);
});

test("a new event is delivered where its job named a webhook", async () => {
  const { relay, started } = makeRelay({ url: "https://example.com/hook" });
  await relay({ Records: [inserted("event", "evt_1", "1")] });
  expect(started).toEqual([["notify", "evt_1", { eventId: "evt_1" }]]);
});

test("an event that goes nowhere starts nothing", async () => {
  const { relay, started } = makeRelay();
  await relay({ Records: [inserted("event", "evt_1", "1")] });
  expect(started).toEqual([]);
});

test("what could not be started is given back, and the rest of the batch is started", async () => {
  const { relay, started } = makeRelay({ failing: "job_2" });
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
