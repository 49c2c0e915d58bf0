import { beforeAll, describe, expect, test } from "vitest";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

export function takesReports(runtime: () => Runtime): void {
  describe("a report", () => {
    const t = newTenant(runtime);
    const stranger = newTenant(runtime);
    let id: string;
    let ann: string;
    let ben: string;
    beforeAll(async () => {
      ({ id } = await t().edit({ user: "ann" }));
      [ann = "", ben = ""] = await Promise.all(
        ["ann", "ben"].map(async (user) => {
          const minted = await t().api("/v1/tokens", { json: { user } });
          return ((await minted.json()) as { token: string }).token;
        }),
      );
    });
    const say = (json: object, key = t().key) => t().api(`/v1/jobs/${id}/report`, { json, key });
    const seen = async (path: string, key: string) => (await (await t().api(path, { key })).json()) as object;

    test("of the job's own user is kept on it, and shown to keys alone", async () => {
      const before = (await t().api(`/v1/jobs/${id}`)).headers.get("etag");
      const said = { reason: "privacy", text: "that is me, zoe\u0308" };
      const answer = await say(said, ann);
      const report = { reason: "privacy", text: "that is me, zoë", by: "user", at: expect.stringMatching(/Z$/) };
      expect([answer.status, await answer.json()]).toEqual([201, { object: "report", job: id, ...report }]);

      const shown = await t().api(`/v1/jobs/${id}`, { headers: { "if-none-match": before ?? "" } });
      expect([shown.status, await shown.json()]).toEqual([200, expect.objectContaining({ report })]);
      expect(await seen("/v1/jobs", t().key)).toMatchObject({ data: [{ id, report }] });
      for (const path of [`/v1/jobs/${id}`, "/v1/jobs"])
        expect(JSON.stringify(await seen(path, ann)), path).not.toContain("that is me");
    });

    test("of a key takes its place", async () => {
      expect((await say({ reason: "other" })).status).toBe(201);
      const { report } = (await seen(`/v1/jobs/${id}`, t().key)) as { report?: object };
      expect(report).toEqual({ reason: "other", by: "key", at: expect.anything() });
    });

    test.each([
      [{}, "/reason"],
      [{ reason: "ugly" }, "/reason"],
      [{ reason: "other", text: "x".repeat(501) }, "/text"],
      [{ reason: "other", text: " " }, "/text"],
      [{ reason: "other", text: "a\nb" }, "/text"],
      [{ reason: "other", text: "a\u202eb" }, "/text"],
      [{ reason: "other", who: "me" }, "/who"],
    ])("is refused and kept nowhere: %j", async (json, pointer) => {
      const row = await t().records.getJob(id);
      expect(await problem(await say(json))).toMatchObject({ code: "invalid_request", status: 422, pointer });
      expect(await t().records.getJob(id)).toEqual(row);
    });

    test("is not another's to make: of another user, tenant, or of no job", async () => {
      expect(await problem(await say({ reason: "other" }, ben))).toMatchObject({ code: "not_found" });
      const json = { reason: "other" };
      for (const answer of [
        await stranger().api(`/v1/jobs/${id}/report`, { json }),
        await t().api(`/v1/jobs/job_${"0".repeat(26)}/report`, { json }),
      ])
        expect(await problem(answer)).toMatchObject({ code: "not_found", status: 404 });
      const reader = await t().newKey(t().tenant, { scopes: ["read"] });
      expect(await problem(await say(json, reader))).toMatchObject({ code: "forbidden", needs: "edit" });
    });

    test("goes with its job", async () => {
      await say({ reason: "hate", text: "a canary" });
      await t().api(`/v1/jobs/${id}`, { method: "DELETE" });
      expect(JSON.stringify(await t().records.getJob(id))).not.toContain("a canary");
      expect(await problem(await say({ reason: "other" }))).toMatchObject({ code: "not_found" });
    });
  });
}
