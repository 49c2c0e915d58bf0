import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

export function tellsWebhooks(runtime: () => Runtime): void {
  describe("an app's webhook", () => {
    const t = newTenant(runtime);
    const stranger = newTenant(runtime);

    test("is told of the end, signed, until it answers", async () => {
      await using receiver = await t().receiver([500, 200]);
      const secret = await t().webhookSecret();
      const job = await t().edit({ webhook: receiver.url, metadata: { order: "7" } });
      await t().advanceUntil(() => receiver.received.length === 2);
      const sentAt = t().clock.now();
      const [first, second] = receiver.received;
      expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
      const event = receiver.verify(secret, second, sentAt);
      expect(event).toMatchObject({ type: "job.succeeded", data: job });
    });

    test("is told of a failure and of a cancel, too", async () => {
      await using receiver = await t().receiver([200]);
      const secret = await t().webhookSecret();
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
        (webhook) => (receiver.verify(secret, webhook, sentAt) as { type: string }).type,
      );
      expect(types).toEqual(["job.failed", "job.canceled"]);
    });

    test("is signed with its tenant's own secret: no other tenant's verifies it", async () => {
      await using receiver = await t().receiver([200]);
      const [own, other] = await Promise.all([t().webhookSecret(), stranger().webhookSecret()]);
      const jobs = [];
      for (const who of [t(), stranger()]) {
        jobs.push((await who.edit({ webhook: receiver.url })).id);
        await t().advanceUntil(() => receiver.received.length === jobs.length);
      }
      const now = t().clock.now();
      const [mine, theirs] = receiver.received;
      expect(receiver.verify(own, mine, now)).toMatchObject({ data: { id: jobs[0] } });
      expect(receiver.verify(other, theirs, now)).toMatchObject({ data: { id: jobs[1] } });
      expect(() => receiver.verify(other, mine, now)).toThrow("No matching signature");
      expect(() => receiver.verify(own, theirs, now)).toThrow("No matching signature");
    });

    test("has a secret that is told to an admin of the tenant, and to nobody else", async () => {
      const asked = await t().api("/v1/webhooks/secret");
      const secrets = [await t().webhookSecret()];
      expect([asked.status, await asked.json()]).toEqual([200, { object: "webhook_secret", secrets }]);
      const key = await t().newKey(t().tenant, { scopes: ["edit", "read", "tokens"] });
      const minted = await t().api("/v1/tokens", { json: { user: "ann" } });
      const { token } = (await minted.json()) as { token: string };
      for (const who of [key, token])
        expect(await problem(await t().api("/v1/webhooks/secret", { key: who }))).toMatchObject({
          code: "forbidden",
          status: 403,
        });
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
