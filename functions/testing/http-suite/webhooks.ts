import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import type { Runtime } from "../runtime.ts";
import { newTenant } from "./tenant.ts";

export function tellsWebhooks(runtime: () => Runtime): void {
  describe("an app's webhook", () => {
    const t = newTenant(runtime);

    test("is told of the end, signed, until it answers", async () => {
      await using receiver = await t().receiver([500, 200]);
      const job = await t().edit({ webhook: receiver.url, metadata: { order: "7" } });
      await t().advanceUntil(() => receiver.received.length === 2);
      const sentAt = t().clock.now();
      const [first, second] = receiver.received;
      expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
      const event = receiver.verify(t().webhookSecret, second, sentAt);
      expect(event).toMatchObject({ type: "job.succeeded", data: job });
    });

    test("is told of a failure and of a cancel, too", async () => {
      await using receiver = await t().receiver([200]);
      t().modelsLab.behave({ refuse: "bad-request" });
      await t().edit({ webhook: receiver.url });
      await t().advanceUntil(() => receiver.received.length === 1);

      t().modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
      const id = await idOf(await t().ask({ webhook: receiver.url }));
      await t().quiet();
      await t().api(`/v1/jobs/${id}/cancel`, { method: "POST" });
      await t().advanceUntil(() => receiver.received.length === 2);
      const sentAt = t().clock.now();
      const types = receiver.received.map(
        (webhook) => (receiver.verify(t().webhookSecret, webhook, sentAt) as { type: string }).type,
      );
      expect(types).toEqual(["job.failed", "job.canceled"]);
    });

    test("that answers 410 is told nothing any more", async () => {
      await using receiver = await t().receiver([410]);
      const { id } = await t().edit({ webhook: receiver.url });
      const delivery = async () => {
        const { eventId = "" } = (await t().records.getJob(id)) ?? {};
        return (await t().records.getEvent(eventId))?.delivery;
      };
      await t().advanceUntil(async () => (await delivery())?.state !== "pending");
      await t().quiet();
      expect(await delivery()).toMatchObject({ state: "gone", attempts: 1, lastStatus: 410 });
      expect(receiver.received).toHaveLength(1);
    });
  });
}
