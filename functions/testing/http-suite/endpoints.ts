import type { EndpointView, EventView } from "@infill/core";
import { afterEach, describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import type { Receiver } from "../receiver.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

type NewEndpoint = EndpointView & { secret: string };

export function registersEndpoints(runtime: () => Runtime): void {
  describe("a registered webhook endpoint", () => {
    const t = newTenant(runtime);
    const stranger = newTenant(runtime);
    const register = (json: object, key = t().key) => t().api("/v1/webhooks", { key, json });
    const registered = async (json: object) => (await (await register(json)).json()) as NewEndpoint;
    const list = async () => ((await (await t().api("/v1/webhooks")).json()) as { data: EndpointView[] }).data;
    const eventOf = async (jobId: string) => {
      const page = (await (await t().api("/v1/events?limit=100")).json()) as { data: EventView[] };
      return page.data.find(({ data }) => data?.id === jobId);
    };
    const toldOf = async (jobId: string) => (await eventOf(jobId))?.endpoints;
    const settled = async (jobId: string) => (await toldOf(jobId))?.every(({ state }) => state !== "pending") ?? false;
    /** Which of the secrets each webhook was signed with. */
    const signers = (receiver: Receiver, secrets: Record<string, string>) =>
      receiver.received.map((webhook) =>
        Object.keys(secrets).filter((name) => {
          try {
            return receiver.verify(secrets[name] ?? "", webhook, t().clock.now());
          } catch {
            return false;
          }
        }),
      );
    afterEach(async () => {
      for (const { id } of await list()) await t().api(`/v1/webhooks/${id}`, { method: "DELETE" });
    });

    test("is told of every job besides the job's own webhook, signed with its own secret, which is shown once", async () => {
      await using receiver = await t().receiver([500, 500, 200]);
      const { secret, ...endpoint } = await registered({ url: `${receiver.url}?all` });
      const failures = await registered({ url: `${receiver.url}?failures`, types: ["job.failed"] });
      expect(await list()).toEqual([endpoint, expect.objectContaining({ id: failures.id, types: ["job.failed"] })]);
      expect(JSON.stringify(await list())).not.toContain("whsec_");

      const job = await t().edit({ webhook: receiver.url });
      await t().advanceUntil(async () => (await settled(job.id)) && receiver.received.length === 4);
      await t().quiet();
      const secrets = { own: secret, other: failures.secret, tenant: await t().webhookSecret() };
      // each of the two tried twice
      expect(signers(receiver, secrets).sort()).toEqual([["own"], ["own"], ["tenant"], ["tenant"]]);
      const event = await eventOf(job.id);
      expect(event?.endpoints).toEqual([{ id: endpoint.id, state: "delivered", attempts: 2, lastStatus: 200 }]);
      for (const { headers, body } of receiver.received) {
        expect(headers["webhook-id"]).toBe(event?.id);
        expect(JSON.parse(body)).toMatchObject({ type: "job.succeeded", data: { id: job.id } });
      }
    });

    test("of some types is told of these alone", async () => {
      await using receiver = await t().receiver([200]);
      const { secret } = await registered({ url: receiver.url, types: ["job.canceled", "job.failed"] });
      await t().edit();
      t().modelsLab.behave({ refuse: "bad-request" });
      const { id } = await t().edit();
      await t().advanceUntil(() => settled(id));
      await t().quiet();
      expect(signers(receiver, { own: secret })).toEqual([["own"]]);
      expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({ type: "job.failed", data: { id } });
    });

    test("that answers 410 is disabled, which the list shows, until it is enabled", async () => {
      await using receiver = await t().receiver([410, 200]);
      const { id } = await registered({ url: receiver.url });
      const first = await t().edit();
      await t().advanceUntil(() => settled(first.id));
      expect(await toldOf(first.id)).toEqual([{ id, state: "gone", attempts: 1, lastStatus: 410 }]);
      expect(await list()).toMatchObject([{ id, enabled: false, disabledAt: expect.any(String) }]);
      expect(await toldOf((await t().edit()).id)).toBeUndefined();

      const enabled = await t().api(`/v1/webhooks/${id}/enable`, { method: "POST" });
      expect([enabled.status, await enabled.json()]).toEqual([200, expect.objectContaining({ id, enabled: true })]);
      expect(await list()).not.toMatchObject([{ disabledAt: expect.any(String) }]);
      // what it missed is asked for
      const event = await eventOf(first.id);
      expect((await t().api(`/v1/events/${event?.id}/replay`, { method: "POST" })).status).toBe(202);
      await t().advanceUntil(() => settled(first.id));
      expect(await toldOf(first.id)).toEqual([{ id, state: "delivered", attempts: 1, lastStatus: 200 }]);
      expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual([event?.id, event?.id]);
    });

    test("gets another secret, and what it is sent is signed with both for a while, or with the new one at once", async () => {
      await using receiver = await t().receiver([200]);
      const { id, secret: old } = await registered({ url: receiver.url });
      const rotate = async (json: object) =>
        (await (await t().api(`/v1/webhooks/${id}/rotate`, { json })).json()) as NewEndpoint;
      const { secret: second } = await rotate({});
      const both = await t().edit();
      await t().advanceUntil(() => settled(both.id));
      const { secret: third } = await rotate({ overlapSeconds: 0 });
      const one = await t().edit();
      await t().advanceUntil(() => settled(one.id));
      expect(signers(receiver, { old, second, third })).toEqual([["old", "second"], ["third"]]);
      expect(await problem(await t().api(`/v1/webhooks/${id}/rotate`, { json: { overlapSeconds: -1 } }))).toMatchObject(
        { code: "invalid_request", status: 422, pointer: "/overlapSeconds" },
      );
    });

    test("that is removed is told nothing any more, and a delivery that goes on ends", async () => {
      await using receiver = await t().receiver([500]);
      const { id } = await registered({ url: receiver.url });
      const job = await idOf(await t().ask());
      await t().advanceUntil(() => receiver.received.length > 0);
      const path = `/v1/webhooks/${id}`;
      expect((await stranger().api(path, { method: "DELETE" })).status).toBe(404);
      expect(await (await t().api(path, { method: "DELETE" })).json()).toMatchObject({ id, deleted: true });
      // a try may have been under way
      await t().quiet();
      const sent = receiver.received.length;
      await t().advanceUntil(() => settled(job));
      await t().quiet();
      expect([receiver.received.length, await toldOf(job)]).toMatchObject([sent, [{ state: "gone" }]]);
      for (const [method, of] of [
        ["DELETE", path],
        ["POST", `${path}/enable`],
      ] as const)
        expect(await problem(await t().api(of, { method }))).toMatchObject({ code: "not_found", status: 404 });
    });

    test("is one of ten, each address once, none of them inside", async () => {
      const { id } = await registered({ url: "https://app.example/0" });
      expect(await problem(await register({ url: "https://app.example/0" }))).toMatchObject({
        status: 409,
        detail: `This url is registered already, as ${id}`,
      });
      for (let i = 1; i < 10; i++) expect((await register({ url: `https://app.example/${i}` })).status).toBe(201);
      expect(await problem(await register({ url: "https://app.example/10" }))).toMatchObject({
        status: 409,
        detail: "A tenant has at most 10 webhook endpoints",
      });
      for (const url of ["https://10.0.0.1/hook", "https://169.254.169.254/latest", "ftp://app.example/hook"])
        expect(await problem(await register({ url }))).toMatchObject({
          code: "invalid_request",
          status: 422,
          pointer: "/url",
        });
      expect(await problem(await register({ url: "https://app.example", types: ["job.lost"] }))).toMatchObject({
        status: 422,
        pointer: "/types/0",
      });
      expect((await (await stranger().api("/v1/webhooks")).json()) as object).toMatchObject({ data: [] });
    });

    test("is an admin's to register, and nobody else's", async () => {
      const key = await t().newKey(t().tenant, { scopes: ["edit", "read", "tokens"] });
      const minted = await t().api("/v1/tokens", { json: { user: "ann" } });
      const { token } = (await minted.json()) as { token: string };
      for (const who of [key, token]) {
        expect(await problem(await register({ url: "https://app.example" }, who))).toMatchObject({ code: "forbidden" });
        expect(await problem(await t().api("/v1/webhooks", { key: who }))).toMatchObject({ code: "forbidden" });
      }
    });
  });
}
