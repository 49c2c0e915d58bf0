import type { EventView } from "@infill/core";
import { describe, expect, test } from "vitest";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

interface Page {
  data: EventView[];
  hasMore: boolean;
  next: string;
}

export function listsEvents(runtime: () => Runtime): void {
  describe("events", () => {
    const t = newTenant(runtime);
    const stranger = newTenant(runtime);
    const list = async (query: string) => (await (await t().api(`/v1/events?${query}`)).json()) as Page;

    test("are every end of a job, oldest first, page by page, as webhooks tell them", async () => {
      const first = await t().edit({ metadata: { order: "7" } });
      t().elapse(10);
      t().modelsLab.behave({ refuse: "bad-request" });
      const second = await t().edit();

      const page = await list("limit=1");
      expect(page).toMatchObject({
        hasMore: true,
        data: [{ type: "job.succeeded", data: first, delivery: { state: "none", attempts: 0 } }],
      });
      const rest = await list(`limit=9&after=${page.next}`);
      expect(rest).toMatchObject({ hasMore: false, data: [{ type: "job.failed", data: second }] });
      const times = [...page.data, ...rest.data].map(({ timestamp }) => timestamp);
      expect((await list(`after=${times[1]}`)).data).toEqual(rest.data);
      expect((await (await stranger().api("/v1/events")).json()) as Page).toMatchObject({ data: [], hasMore: false });
    });

    test("are delivered once more on request, under their own id", async () => {
      await using receiver = await t().receiver([410, 200]);
      const secret = await t().webhookSecret();
      const { id } = await t().edit({ webhook: receiver.url });
      const find = async () => (await list("limit=100")).data.find(({ data }) => data?.id === id);
      await t().advanceUntil(async () => (await find())?.delivery.state === "gone");
      const event = await find();
      const replay = `/v1/events/${event?.id}/replay`;
      expect((await stranger().api(replay, { method: "POST" })).status).toBe(404);

      const answer = await t().api(replay, { method: "POST" });
      expect([answer.status, await answer.json()]).toEqual([
        202,
        { ...event, delivery: { state: "pending", attempts: 0 } },
      ]);
      await t().advanceUntil(async () => (await find())?.delivery.state === "delivered");
      const sentAt = t().clock.now();
      expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual([event?.id, event?.id]);
      expect(receiver.verify(secret, receiver.received[1], sentAt)).toMatchObject({ type: "job.succeeded" });
    });

    test("of which nobody is to be told are not delivered", async () => {
      const { id } = await t().edit();
      const event = (await list("limit=100")).data.find(({ data }) => data?.id === id);
      const answer = await t().api(`/v1/events/${event?.id}/replay`, { method: "POST" });
      expect(await problem(answer)).toMatchObject({ code: "invalid_request", status: 409 });
    });

    test.each(["after=nonsense", "limit=0"])("refuse %s", async (query) => {
      expect(await problem(await t().api(`/v1/events?${query}`))).toMatchObject({
        code: "invalid_request",
        status: 400,
      });
    });
  });
}
