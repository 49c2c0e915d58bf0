import type { Behaviour } from "@infill/simulators";
import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import type { Runtime } from "../runtime.ts";
import { functionsClock } from "./functions-clock.ts";
import { newTenant } from "./tenant.ts";

export function keepsDeadlines(runtime: () => Runtime): void {
  describe("a job's deadline", () => {
    const t = newTenant(runtime);

    test.for<[string, Behaviour]>([
      ["a lost answer that nobody confirms", { answer: "reset", callback: "never" }],
      ["work that never ends", { takesSeconds: Number.POSITIVE_INFINITY }],
    ])("ends %s, which may have been charged", async ([_, behaviour], { skip }) => {
      functionsClock(t(), skip);
      t().modelsLab.behave(behaviour);
      const job = await t().edit({ deadlineSeconds: 300 });
      expect(job).toMatchObject({
        status: "failed",
        error: { code: "outcome_unknown", retryable: false },
        cost: { state: "unreconciled" },
      });
      expect(Date.parse(job.finishedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(job.deadlineAt));
    });

    test("passes while nobody can look, and what ended before it is fetched all the same", async ({ skip }) => {
      const clock = functionsClock(t(), skip);
      t().modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY, callback: "never" });
      const id = await idOf(await t().ask({ deadlineSeconds: 30 }));
      await t().quiet();
      await t().modelsLab.release(t().modelsLab.jobs.at(-1)?.id ?? "");
      clock.advance(60_000); // a laptop's lid, closed and opened
      expect(await t().finish(id)).toMatchObject({ status: "succeeded", cost: { state: "settled" } });
    });
  });
}
