import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sampleEnd, sampleJob } from "@infill/core/testing";
import { startReceiver } from "@infill/functions/testing";
import { expect, test } from "vitest";
import { startStack } from "./stack.ts";
import { startTestStack } from "./testing/test-stack.ts";

test("an event whose process died before a delivery was started is delivered by the next one, to everyone, once", async () => {
  await using t = await startTestStack();
  await using receiver = await startReceiver([200]);
  const register = await t.api("/v1/webhooks", { json: { url: `${receiver.url}?endpoint` } });
  const { id, secret } = (await register.json()) as { id: string; secret: string };
  // the terminal transaction, and nothing after it
  const { job } = await t.records.createJob(sampleJob({ tenant: "local", createdAt: t.clock.now() }));
  const end = sampleEnd(job, { url: receiver.url, endpoints: [id] });
  await t.records.endJob(job.id, end);
  await t.quiet();
  expect(receiver.received).toEqual([]);

  await t.stack.close();
  for (const _start of [1, 2]) {
    const next = await startStack({ dataDirectory: t.directory, port: 0, clock: t.clock });
    await next.engine.idle();
    await next.close();
  }
  const signed = [secret, t.stack.webhookSecret].map((each) =>
    receiver.received.filter((webhook) => {
      try {
        return receiver.verify(each, webhook, t.clock.now());
      } catch {
        return false;
      }
    }),
  );
  expect(signed.map(({ length }) => length)).toEqual([1, 1]);
  for (const { headers } of receiver.received) expect(headers["webhook-id"]).toBe(end.event.id);
});

test("an event that cannot be told keeps neither the stack from starting nor another event from being told", async () => {
  await using t = await startTestStack();
  await using receiver = await startReceiver([200]);
  const ended = async () => {
    const { job } = await t.records.createJob(sampleJob({ tenant: "local", createdAt: t.clock.now() }));
    const end = sampleEnd(job, { url: receiver.url });
    await t.records.endJob(job.id, end);
    return end.event.id;
  };
  const [stuck, other] = [await ended(), await ended()];
  // an execution of that name, and of another event
  await t.stack.engine.start("notify", stuck, { eventId: "evt_other" });
  await t.quiet();

  await t.stack.close();
  const next = await startStack({ dataDirectory: t.directory, port: 0, clock: t.clock });
  await next.engine.idle();
  await next.close();
  expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual([other]);
  const lines = (await readFile(join(t.directory, "infill.log"), "utf8")).split("\n").filter(Boolean);
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({
      msg: "starting a delivery failed; the next start tries again",
      event: stuck,
      error: "idempotency_mismatch",
    }),
  );
});
