import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

/** Of one result of `modelslab/inpaint`, micro-USD. */
const PRICE = 10_000;

export function keepsBudgets(runtime: () => Runtime): void {
  describe("a budget", () => {
    const t = newTenant(runtime);

    test("covers as many edits as it covers, however many are asked for at once", async () => {
      await t().records.setBudgetLimit(t().tenant, 2 * PRICE + 1);
      const answers = await Promise.all([1, 2, 3, 4, 5].map(() => t().ask()));
      const accepted = answers.filter(({ status }) => status === 202);
      expect(accepted).toHaveLength(2);
      for (const answer of answers.filter(({ status }) => status !== 202))
        expect(await problem(answer)).toMatchObject({
          code: "budget_exceeded",
          status: 402,
          retryable: false,
          left: 1,
          needed: PRICE,
        });
      for (const answer of accepted) await t().finish(await idOf(answer));
      expect(await t().records.getBudget(t().tenant)).toMatchObject({ reserved: 0, settled: 2 * PRICE });
    });

    test("has back what was certainly not charged", async () => {
      await t().records.setBudgetLimit(t().tenant, 3 * PRICE);
      t().modelsLab.behave({ refuse: "bad-request" });
      expect(await t().edit()).toMatchObject({ status: "failed", cost: { state: "refunded" } });
      expect(await t().edit()).toMatchObject({ status: "succeeded", cost: { amountMicroUsd: PRICE } });
      expect(await problem(await t().ask())).toMatchObject({ code: "budget_exceeded" });
    });
  });
}
