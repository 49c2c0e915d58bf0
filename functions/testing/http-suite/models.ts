import { describe, expect, test } from "vitest";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

interface Models {
  object: string;
  data: { id: string; object: string; owned_by: string; created: number }[];
}

export function listsModels(runtime: () => Runtime): void {
  describe("models", () => {
    const t = newTenant(runtime);

    test("are listed in OpenAI's shape", async () => {
      const { object, data } = (await (await t().api("/v1/models")).json()) as Models;
      expect(object).toBe("list");
      expect(data.map(({ id }) => id)).toContain("modelslab/inpaint");
      for (const model of data) {
        expect(model).toMatchObject({ object: "model", created: expect.any(Number) });
        // a short name is ours
        expect(model.id.includes("/") ? model.id.split("/")[0] : "infill").toBe(model.owned_by);
      }
    });

    test("say what they take", async () => {
      expect(await (await t().api("/v1/models/modelslab/inpaint")).json()).toMatchObject({
        id: "modelslab/inpaint",
        owned_by: "modelslab",
        available: true,
        options: { strength: { type: "number", min: 0, max: 1 } },
        mask: { convention: "white" },
      });
    });

    test("there are not are not found", async () => {
      expect(await problem(await t().api("/v1/models/acme/paint"))).toMatchObject({
        code: "not_found",
        status: 404,
        detail: expect.stringMatching(/^There is no model "acme\/paint"; there are .*modelslab\/inpaint/),
      });
    });
  });
}
