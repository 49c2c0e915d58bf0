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
  const signed = [secret, t.webhookSecret].map((each) =>
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
