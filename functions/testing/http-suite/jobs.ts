import type { JobView } from "@infill/core";
import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

interface Page {
  data: JobView[];
  hasMore: boolean;
  next?: string;
}

export function showsJobs(runtime: () => Runtime): void {
  describe("a job", () => {
    const t = newTenant(runtime);

    test("is accepted: 202, where it is, and when to ask", async () => {
      const answer = await t().ask({ user: "ann", metadata: { order: "7" } });
      const job = (await answer.json()) as JobView;
      expect(answer.status).toBe(202);
      expect(answer.headers.get("location")).toBe(`/v1/jobs/${job.id}`);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(answer.headers.get("preference-applied")).toBeNull();
      expect(job).toMatchObject({
        object: "job",
        status: "queued",
        results: [],
        user: "ann",
        metadata: { order: "7" },
      });
      await t().finish(job.id);
    });

    test("says when to ask again while it goes on, and not after", async () => {
      t().modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
      const id = await idOf(await t().ask());
      await t().quiet();
      const running = await t().api(`/v1/jobs/${id}`);
      expect(Number(running.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await running.json()).toMatchObject({ status: "running", phase: "submitted" });
      await t().modelsLab.release(t().modelsLab.jobs.at(-1)?.id ?? "");
      await t().finish(id);
      const over = await t().api(`/v1/jobs/${id}`);
      expect([over.status, over.headers.get("retry-after")]).toEqual([200, null]);
      expect(await over.json()).toMatchObject({ status: "succeeded", progress: 1 });
    });

    test("is 304 to who has seen this revision", async () => {
      const job = await t().edit();
      const etag = (await t().api(`/v1/jobs/${job.id}`)).headers.get("etag") ?? "";
      expect(etag).toMatch(/^W\/"\d+"$/);
      const again = await t().api(`/v1/jobs/${job.id}`, { headers: { "if-none-match": etag } });
      expect([again.status, await again.text()]).toEqual([304, ""]);
      expect((await t().api(`/v1/jobs/${job.id}`, { headers: { "if-none-match": 'W/"0"' } })).status).toBe(200);
    });
  });

  describe("the list of jobs", () => {
    const t = newTenant(runtime);
    const list = async (query: string) => (await (await t().api(`/v1/jobs?${query}`)).json()) as Page;
    const idsOf = ({ data }: Page) => data.map(({ id }) => id);

    test("is newest first, by pages, and by user", async () => {
      const ids: string[] = [];
      for (const user of ["bob", "ann", "bob", "ann", "bob"]) {
        ids.unshift(await idOf(await t().ask({ user })));
        await t().quiet();
        t().elapse(10);
      }
      for (const id of ids) await t().finish(id);

      const pages: string[][] = [];
      let page = await list("limit=2");
      for (; page.next !== undefined; page = await list(`limit=2&after=${page.next}`)) {
        expect(page.hasMore).toBe(true);
        pages.push(idsOf(page));
      }
      expect(page.hasMore).toBe(false);
      expect([...pages, idsOf(page)]).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);

      const anns = await list("user=ann");
      expect([idsOf(anns), anns.hasMore]).toEqual([[ids[1], ids[3]], false]);
      expect(idsOf(await list("user=nobody"))).toEqual([]);
    });

    test.each(["after=nonsense", "limit=0", "limit=101", "limit=two"])("refuses %s", async (query) => {
      expect(await problem(await t().api(`/v1/jobs?${query}`))).toMatchObject({ code: "invalid_request", status: 400 });
    });
  });
}
