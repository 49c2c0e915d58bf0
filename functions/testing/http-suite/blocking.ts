import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import { mask, photo } from "../pictures.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

export function blocksUsers(runtime: () => Runtime): void {
  describe("blocking a user", () => {
    const t = newTenant(runtime);
    const stranger = newTenant(runtime);
    const block = async (user: string, method: "POST" | "DELETE" = "POST") => {
      const answer = await t().api(`/v1/users/${encodeURIComponent(user)}/block`, { method });
      return [answer.status, await answer.json()] as const;
    };
    const mint = (user: string) => t().api("/v1/tokens", { json: { user } });
    const wish = { contentType: "image/png", contentLength: 4 };
    const refused = { code: "forbidden", status: 403, blocked: true, detail: expect.stringContaining("blocked") };

    test("refuses whatever would make something for them, by key and by a token that was out, and nobody else's", async () => {
      const user = "zoë/1";
      const { token: key } = (await (await mint(user)).json()) as { token: string };
      const pictures = {
        image: await t().upload(await photo(), "image/png", key),
        mask: await t().upload(await mask(), "image/png", key),
      };
      const asked = t().modelsLab.jobs.length;
      const me = async () => (await t().api("/v1/me", { key })).json();
      expect(await me()).toMatchObject({ blocked: false });
      expect(await block(user)).toMatchObject([200, { object: "user", user, blocked: true }]);
      expect(await me()).toMatchObject({ blocked: true });
      for (const answer of [
        await t().ask({ user }),
        await t().ask({ user: user.normalize("NFD") }),
        await t().ask(pictures, { key }),
        await t().api("/v1/uploads", { json: { ...wish, user } }),
        await t().api("/v1/uploads", { json: { uploads: [wish, { ...wish, user }] } }),
        await t().api("/v1/uploads", { json: wish, key }),
        await t().api(`/v1/uploads/${pictures.image}/renew`, { method: "POST", key }),
        await mint(user),
      ])
        expect(await problem(answer)).toMatchObject(refused);
      await t().quiet();
      expect(t().modelsLab.jobs.length).toBe(asked);
      expect(await t().records.getBudget(t().tenant)).toMatchObject({ reserved: 0, settled: 0 });

      expect((await mint("somebody else")).status).toBe(201);
      expect((await stranger().api("/v1/tokens", { json: { user } })).status).toBe(201);
      expect((await t().ask()).status).toBe(202);
    });

    test("leaves them what they have: it is read and deleted, and a repeated request finds its job", async () => {
      const headers = { "idempotency-key": "before-the-block" };
      const { token: key } = (await (await mint("kay")).json()) as { token: string };
      const id = await idOf(await t().ask({ user: "kay" }, { headers }));
      await block("kay");
      expect(await t().finish(id)).toMatchObject({ status: "succeeded" });
      expect(await idOf(await t().ask({ user: "kay" }, { headers }))).toBe(id);
      expect((await t().api(`/v1/jobs/${id}`, { key })).status).toBe(200);
      expect((await t().api(`/v1/jobs/${id}`, { key, method: "DELETE" })).status).toBe(200);
    });

    test("stays through their erasing, keeps the first time, and ends when it is lifted", async () => {
      const [, first] = await block("lee");
      await t().api("/v1/users/lee", { method: "DELETE" });
      expect(await block("lee")).toEqual([200, first]);
      expect(await problem(await mint("lee"))).toMatchObject(refused);
      const lifted = { object: "user", user: "lee", blocked: false };
      for (let i = 0; i < 2; i++) expect(await block("lee", "DELETE")).toEqual([200, lifted]);
      expect((await mint("lee")).status).toBe(201);
    });

    test("is an admin's, of a user whom requests could name", async () => {
      const key = await t().newKey(t().tenant, { scopes: ["edit", "read", "tokens"] });
      for (const method of ["POST", "DELETE"]) {
        const answer = await t().api("/v1/users/ann/block", { method, key });
        expect(await problem(answer)).toMatchObject({ code: "forbidden", needs: "admin" });
      }
      const long = await t().api(`/v1/users/${"x".repeat(129)}/block`, { method: "POST" });
      expect(await problem(long)).toMatchObject({ code: "invalid_request", status: 400 });
    });
  });
}
