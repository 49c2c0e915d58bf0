import { describe, expect, test } from "vitest";
import { randomIds } from "../../ids.ts";
import type { OutgoingEvent, Records } from "../../ports.ts";
import { SAMPLE_TIME, sampleEnd, sampleJob, sampleTenant } from "../samples.ts";

const WEBHOOK = "https://app.example/hook";

export function keepsEvents(records: () => Records): void {
  /** A job that ended at this time, ms after the sample's. */
  const ended = async (tenant: string, at: number): Promise<OutgoingEvent> => {
    const { job } = await records().createJob(sampleJob({ tenant, createdAt: SAMPLE_TIME + at }));
    const { event } = sampleEnd(job, { url: WEBHOOK });
    await records().endJob(job.id, { ...sampleEnd(job), event });
    return event;
  };

  describe("an event", () => {
    test("remembers its delivery, and nothing else of it changes", async () => {
      const event = await ended(sampleTenant(), 0);
      await records().updateDelivery(event.id, { state: "pending", attempts: 1, lastStatus: 503 });
      await records().updateDelivery(event.id, { state: "delivered", attempts: 2, replay: 1 });
      expect(await records().getEvent(event.id)).toStrictEqual({
        ...event,
        delivery: { state: "delivered", attempts: 2, replay: 1 },
      });
    });

    test("forgets no delivery for what an earlier try notes late, but for one that was begun since", async () => {
      const event = await ended(sampleTenant(), 0);
      const note = (delivery: OutgoingEvent["delivery"]) => records().updateDelivery(event.id, delivery);
      // a process that died noted its try late, and the next one has made the same with another outcome
      await note({ state: "pending", attempts: 1 });
      await note({ state: "delivered", attempts: 1 });
      expect((await records().getEvent(event.id))?.delivery).toEqual({ state: "delivered", attempts: 1 });
      await note({ state: "delivered", attempts: 2 });
      for (const attempts of [1, 2]) await note({ state: "pending", attempts });
      expect(await records().getEvent(event.id)).toMatchObject({ delivery: { state: "delivered", attempts: 2 } });
      await note({ state: "pending", attempts: 0, replay: 1 });
      await note({ state: "failed", attempts: 3 });
      expect(await records().getEvent(event.id)).toMatchObject({
        delivery: { state: "pending", attempts: 0, replay: 1 },
      });
    });

    test("that is not there is undefined, and telling of its delivery makes none", async () => {
      const id = randomIds.make("evt");
      expect(await records().getEvent(id)).toBeUndefined();
      await records().updateDelivery(id, { state: "delivered", attempts: 1 });
      expect(await records().getEvent(id)).toBeUndefined();
    });
  });

  describe("listing events", () => {
    test("gives a tenant's own as they are now, oldest first, page by page", async () => {
      const tenant = sampleTenant();
      const events: OutgoingEvent[] = [];
      for (const at of [3000, 1000, 2000]) events.push(await ended(tenant, at));
      await ended(sampleTenant(), 1500);
      const [c, a, b] = events;
      await records().updateDelivery(b?.id ?? "", { state: "gone", attempts: 1, lastStatus: 410 });

      const first = await records().listEvents({ tenant, limit: 2 });
      expect(first).toStrictEqual({ events: [a, await records().getEvent(b?.id ?? "")], more: true });
      const after = { createdAt: b?.createdAt ?? 0, id: b?.id ?? "" };
      expect(await records().listEvents({ tenant, limit: 2, after })).toStrictEqual({ events: [c], more: false });
      expect(await records().listEvents({ tenant, limit: 3 })).toMatchObject({ more: false });
    });

    test("gives those of the same millisecond once each, in one order", async () => {
      const tenant = sampleTenant();
      for (let i = 0; i < 5; i++) await ended(tenant, 0);
      const { events } = await records().listEvents({ tenant, limit: 10 });
      expect(new Set(events.map(({ id }) => id)).size).toBe(5);
      const seen: OutgoingEvent[] = [];
      for (let more = true; more; ) {
        const last = seen.at(-1);
        const page = await records().listEvents({ tenant, limit: 2, ...(last && { after: last }) });
        seen.push(...page.events);
        more = page.more;
      }
      expect(seen).toStrictEqual(events);
    });

    test("from a moment on has those of that moment", async () => {
      const tenant = sampleTenant();
      const [early, late] = [await ended(tenant, 0), await ended(tenant, 1000)];
      const since = (createdAt: number) => records().listEvents({ tenant, limit: 9, after: { createdAt, id: "" } });
      expect((await since(early.createdAt)).events).toStrictEqual([early, late]);
      expect((await since(early.createdAt + 1)).events).toStrictEqual([late]);
      expect((await since(late.createdAt + 1)).events).toStrictEqual([]);
    });
  });
}
