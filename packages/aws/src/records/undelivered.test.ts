import { sampleEnd, sampleJob } from "@infill/core/testing";
import { expect, test } from "vitest";
import { onDynoxide } from "../testing/on-dynoxide.ts";
import { createDynamoRecords } from "./index.ts";
import { undeliveredEvents } from "./undelivered.ts";

const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };

onDynoxide("undelivered events", ({ table, connect }) => {
  test("are those that go somewhere where they were never tried", async () => {
    const client = connect();
    const records = createDynamoRecords({ table: table(), client, clock });
    const ended = async (where: { url?: string; endpoints?: string[] } = {}) => {
      const job = sampleJob();
      const end = sampleEnd(job, where);
      await records.createJob(job);
      await records.endJob(job.id, end);
      return end.event.id;
    };
    const hook = { url: "https://hooks.example.com" };
    const endpoints = ["whe_1", "whe_2"];
    const untried = [await ended(hook), await ended(hook), await ended({ endpoints })];
    const half = await ended({ endpoints });
    await records.updateDelivery(half, { state: "delivered", attempts: 1 }, "whe_1");
    untried.push(half);
    const all = await ended({ endpoints });
    for (const each of endpoints) await records.updateDelivery(all, { state: "pending", attempts: 1 }, each);
    await ended();
    await records.updateDelivery(await ended(hook), { state: "pending", attempts: 1 });
    await records.updateDelivery(await ended(hook), { state: "delivered", attempts: 1 });

    const found: string[] = [];
    for await (const id of undeliveredEvents({ client, table: table() })) found.push(id);
    expect(found.sort()).toEqual(untried.sort());
  });
});
