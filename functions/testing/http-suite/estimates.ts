import { describe, expect, test } from "vitest";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

export function estimatesEdits(runtime: () => Runtime): void {
  describe("an estimate", () => {
    const t = newTenant(runtime);
    const estimate = (json: object) => t().api("/v1/inpaint/estimate", { json });

    test("says what so many results would be reserved at, before anything is uploaded", async () => {
      const answer = await estimate({ model: "modelslab/inpaint", prompt: "a hat", n: 3 });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({
        object: "estimate",
        model: "modelslab/inpaint",
        n: 3,
        currency: "USD",
        amountMicroUsd: 30_000,
        perResultMicroUsd: 10_000,
        asOf: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
        warnings: [],
      });
    });

    test("is what a job then reserves", async () => {
      const asked = await t().ask({ n: 2 });
      const job = (await asked.json()) as { id: string; cost: { estimateMicroUsd: number } };
      const { amountMicroUsd } = (await (
        await estimate({ model: "modelslab/inpaint", prompt: "a hat", n: 2 })
      ).json()) as { amountMicroUsd: number };
      expect(job.cost.estimateMicroUsd).toBe(amountMicroUsd);
      await t().api(`/v1/jobs/${job.id}/cancel`, { method: "POST" });
      await t().finish(job.id);
    });

    test("lists at most twenty of the faults of a request, and says how many more there are", async () => {
      const providerOptions = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`o${i}`, 1]));
      const answer = await estimate({ model: "modelslab/inpaint", prompt: "a hat", providerOptions });
      const { detail, errors } = (await problem(answer)) as unknown as { detail: string; errors: unknown[] };
      expect(errors).toHaveLength(20);
      expect(detail).toContain("9980 more faults");
    });

    test.each([
      ["an option that the model does not take", { quality: "high" }, "unsupported_option", "/quality"],
      ["a model that there is not", { model: "acme/paint" }, "unsupported_option", "/model"],
      ["a field that there is not", { promt: "a hat" }, "invalid_request", "/promt"],
    ])("is refused for %s, as the edit would be", async (_, change, code, pointer) => {
      const answer = await estimate({ model: "modelslab/inpaint", prompt: "a hat", ...change });
      expect(await problem(answer)).toMatchObject({ code, pointer });
    });
  });
}
