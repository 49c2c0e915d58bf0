import { describe, expect, test } from "vitest";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

export function keepsStrangersOut(runtime: () => Runtime): void {
  describe("a stranger", () => {
    const t = newTenant(runtime);
    const other = newTenant(runtime);

    test.each([
      ["no key", undefined],
      ["a key that nobody has", `Bearer key_${"0".repeat(26)}_${"x".repeat(43)}`],
      ["nonsense", "Bearer hunter2"],
      ["another scheme", "Basic aHVudGVyMg=="],
    ])("with %s is unauthorized, wherever they knock", async (_, authorization) => {
      for (const path of ["/v1/models", "/v1/jobs", "/v1/nothing"]) {
        const answer = await t().request(path, authorization === undefined ? {} : { headers: { authorization } });
        expect(await problem(answer)).toMatchObject({ code: "unauthorized", status: 401 });
        expect(answer.headers.get("www-authenticate")).toContain("Bearer");
      }
    });

    test("with a key that is right but for its secret is unauthorized", async () => {
      const key = t().key.slice(0, -1) + (t().key.endsWith("A") ? "B" : "A");
      expect(await problem(await t().api("/v1/models", { key }))).toMatchObject({ code: "unauthorized" });
    });

    test("of another tenant finds uploads, jobs and results as if there were none", async () => {
      const { key } = other();
      const mine = await t().edit();
      for (const path of [`/v1/jobs/${mine.id}`, `/v1/jobs/${mine.id}/results/0`, `/v1/uploads/${t().image}`])
        expect(await problem(await t().api(path, { key }))).toMatchObject({ code: "not_found", status: 404 });
      for (const path of [`/v1/jobs/${mine.id}/cancel`, `/v1/uploads/${t().image}/renew`])
        expect(await problem(await t().api(path, { method: "POST", key }))).toMatchObject({ code: "not_found" });
      expect(await problem(await t().ask({}, { key }))).toMatchObject({ code: "asset_missing" });
      expect(await problem(await other().ask({ image: { job: mine.id } }))).toMatchObject({ code: "asset_missing" });
      expect(await (await t().api("/v1/jobs", { key })).json()).toMatchObject({ data: [] });
    });

    test("finds nothing where nothing is", async () => {
      for (const path of [`/v1/jobs/job_${"0".repeat(26)}`, "/v2/edit", "/v1/nothing", "/"])
        expect(await problem(await t().api(path))).toMatchObject({ code: "not_found", status: 404 });
    });
  });
}
