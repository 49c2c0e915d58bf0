import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

const PRICE = 10_000;

export function showsUsage(runtime: () => Runtime): void {
  describe("usage", () => {
    const t = newTenant(runtime);
    const usage = async (query: string) => (await t().api(`/v1/usage${query}`)).json();

    test("is nothing where nothing was asked for", async () => {
      expect(await usage("")).toMatchObject({ by: "day", data: [], total: { settledMicroUsd: 0 } });
    });

    test("sums jobs and money by day, model, key and user; what may have been charged is apart, and listed", async () => {
      await t().edit({ user: "ann" });
      t().modelsLab.behave({ refuse: "bad-request" });
      await t().edit();
      t().modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
      const lost = await idOf(await t().ask({ user: "ann" }));
      await t().quiet();
      await t().api(`/v1/jobs/${lost}/cancel`, { method: "POST" });
      await t().finish(lost);

      const none = { jobs: { succeeded: 0, failed: 0, canceled: 0 } };
      const money = (settledMicroUsd: number, refundedMicroUsd: number, unreconciledMicroUsd: number) => ({
        settledMicroUsd,
        refundedMicroUsd,
        unreconciledMicroUsd,
      });
      const all = { jobs: { succeeded: 1, failed: 1, canceled: 1 }, ...money(PRICE, PRICE, PRICE) };
      const day = expect.stringMatching(/^20\d\d-\d\d-\d\d$/);
      expect(await usage("")).toMatchObject({ data: [{ name: day, ...all }], total: all });
      expect(await usage("?by=model")).toMatchObject({ data: [{ name: "modelslab/inpaint", ...all }] });
      expect(await usage("?by=key")).toMatchObject({ data: [{ name: t().key.slice(0, 30), ...all }] });
      expect(await usage("?by=user")).toMatchObject({
        data: [
          { name: null, jobs: { ...none.jobs, failed: 1 }, ...money(0, PRICE, 0) },
          { name: "ann", jobs: { ...none.jobs, succeeded: 1, canceled: 1 }, ...money(PRICE, 0, PRICE) },
        ],
        total: all,
      });
      expect(await usage("?from=2020-01-01&to=2020-12-31")).toMatchObject({ data: [] });
      const listed = await (await t().api("/v1/usage/unreconciled")).json();
      const providerJobId = t().modelsLab.jobs.at(-1)?.id;
      expect(listed).toMatchObject({
        data: [{ job: lost, amountMicroUsd: PRICE, providerJobId: String(providerJobId) }],
      });
    });

    test.each([
      ["by=color", "by"],
      ["from=yesterday", "from"],
      ["to=2026-02-30", "to"],
      ["from=2026-02-02&to=2026-02-01", "from"],
      ["from=2024-01-01&to=2026-02-01", "from"],
      ["by=user&from=2026-01-01&to=2026-02-01", "from"],
    ])("of %s is refused", async (query, pointer) => {
      expect(await problem(await t().api(`/v1/usage?${query}`))).toMatchObject({ code: "invalid_request", pointer });
    });
  });
}
