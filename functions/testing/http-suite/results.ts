import type { JobView } from "@infill/core";
import { beforeAll, describe, expect, test } from "vitest";
import { changedOutside, photo } from "../pictures.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

export function givesResults(runtime: () => Runtime): void {
  describe("a result", () => {
    const t = newTenant(runtime);
    let job: JobView;
    beforeAll(async () => {
      job = await t().edit();
    });
    const link = () => job.results[0]?.link ?? "";

    test("has an address of its own and a link that needs no key", () => {
      expect(job.results).toMatchObject([
        { index: 0, url: `${t().url}/v1/jobs/${job.id}/results/0`, contentType: "image/png", width: 320, height: 240 },
      ]);
      expect(link()).toMatch(new RegExp(`^${t().url}/r/`));
    });

    test("is redirected to, with a name to save it by, and is what it says", async () => {
      for (const answer of [await t().api(`/v1/jobs/${job.id}/results/0`), await t().request(link())]) {
        expect(answer.status).toBe(302);
        const file = await fetch(answer.headers.get("location") ?? "");
        expect(file.status).toBe(200);
        expect(file.headers.get("content-disposition")).toContain(`${job.id}-0.png`);
        expect(file.headers.get("content-type")).toBe("image/png");
        const bytes = await file.bytes();
        expect(bytes.length).toBe(job.results[0]?.bytes);
        expect(await changedOutside(await photo(), bytes)).toBe(0);
      }
    });

    test("there is not is not found", async () => {
      const none = await problem(await t().api(`/v1/jobs/${job.id}/results/1`));
      expect(none).toMatchObject({ code: "not_found", status: 404 });
      expect(none.detail).toContain("it has 1");
      expect(await problem(await t().api(`/v1/jobs/${job.id}/results/ten`))).toMatchObject({ code: "invalid_request" });
    });

    test("whose link is forged is not found", async () => {
      const forged = link().slice(0, -2) + (link().endsWith("AA") ? "BB" : "AA");
      for (const path of [forged, "/r/x", link().replace(job.id, `job_${"0".repeat(26)}`)])
        expect(await problem(await t().request(path))).toMatchObject({ code: "not_found", status: 404 });
    });

    test("can be edited again", async () => {
      const second = await t().edit({ image: { job: job.id } });
      expect(second).toMatchObject({ status: "succeeded", results: [{ width: 320, height: 240 }] });
    });
  });
}
