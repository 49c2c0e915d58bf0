import { describe, expect, test } from "vitest";
import { randomIds } from "../../ids.ts";
import type { Delivery, EndpointSet, Records, WebhookEndpoint } from "../../ports.ts";
import { SAMPLE_TIME, sampleEnd, sampleJob, sampleTenant } from "../samples.ts";

const sampleEndpoint = (overrides: Partial<WebhookEndpoint> = {}): WebhookEndpoint => ({
  id: randomIds.make("whe"),
  url: "https://app.example/hook",
  types: ["job.failed"],
  createdAt: SAMPLE_TIME,
  secrets: [{ text: "whsec_new" }, { text: "whsec_old", validUntil: SAMPLE_TIME + 1000 }],
  disabledAt: SAMPLE_TIME + 1,
  ...overrides,
});
const set = (rev: number, ...endpoints: WebhookEndpoint[]): EndpointSet => ({ v: 1, rev, endpoints });

export function keepsEndpoints(records: () => Records): void {
  describe("a tenant's webhook endpoints", () => {
    test("are as they were put, and nobody else's", async () => {
      const tenant = sampleTenant();
      expect(await records().getEndpoints(tenant)).toBeUndefined();
      const first = set(1, sampleEndpoint());
      expect(await records().putEndpoints(tenant, first)).toBe(true);
      expect(await records().getEndpoints(tenant)).toStrictEqual(first);
      expect(await records().putEndpoints(tenant, set(2))).toBe(true);
      expect(await records().getEndpoints(tenant)).toStrictEqual(set(2));
      expect(await records().getEndpoints(sampleTenant())).toBeUndefined();
    });

    test("are changed by one of many who read the same", async () => {
      const tenant = sampleTenant();
      for (const rev of [1, 2]) {
        const sets = Array.from({ length: 6 }, () => set(rev, sampleEndpoint()));
        const put = await Promise.all(sets.map((each) => records().putEndpoints(tenant, each)));
        expect(put.filter(Boolean)).toHaveLength(1);
        expect(await records().getEndpoints(tenant)).toStrictEqual(sets[put.indexOf(true)]);
      }
      expect(await records().putEndpoints(tenant, set(4))).toBe(false);
      expect(await records().putEndpoints(sampleTenant(), set(2))).toBe(false);
    });
  });

  describe("an event of several receivers", () => {
    const [one = "", other = ""] = [randomIds.make("whe"), randomIds.make("whe")];
    const ended = async () => {
      const { job } = await records().createJob(sampleJob());
      const end = sampleEnd(job, { url: "https://app.example/hook", endpoints: [one, other] });
      await records().endJob(job.id, end);
      return end.event;
    };

    test("remembers how each was told, at once, and nothing of one is another's", async () => {
      const event = await ended();
      expect(await records().getEvent(event.id)).toStrictEqual(event);
      const delivered: Delivery = { state: "delivered", attempts: 1, lastStatus: 204 };
      const refused: Delivery = { state: "pending", attempts: 1, lastStatus: 503 };
      await Promise.all([
        records().updateDelivery(event.id, delivered, one),
        records().updateDelivery(event.id, refused, other),
        records().updateDelivery(event.id, refused),
      ]);
      const told = { [one]: delivered, [other]: refused };
      const now = { ...event, delivery: refused, told };
      expect(await records().getEvent(event.id)).toStrictEqual(now);
      expect(await records().listEvents({ tenant: event.tenant, limit: 1 })).toStrictEqual({
        events: [now],
        more: false,
      });
    });

    test("forgets nothing for what an earlier try notes late", async () => {
      const event = await ended();
      const note = (delivery: Delivery) => records().updateDelivery(event.id, delivery, one);
      // a process that died noted its try late, and the next one has made the same with another outcome
      await note({ state: "pending", attempts: 1 });
      await note({ state: "delivered", attempts: 1 });
      expect((await records().getEvent(event.id))?.told?.[one]).toEqual({ state: "delivered", attempts: 1 });
      await note({ state: "delivered", attempts: 2 });
      for (const attempts of [1, 2]) await note({ state: "pending", attempts });
      expect((await records().getEvent(event.id))?.told).toStrictEqual({ [one]: { state: "delivered", attempts: 2 } });
      await note({ state: "pending", attempts: 0, replay: 1 });
      await note({ state: "failed", attempts: 3 });
      const told = { [one]: { state: "pending", attempts: 0, replay: 1 } };
      expect((await records().getEvent(event.id))?.told).toStrictEqual(told);
    });
  });
}
