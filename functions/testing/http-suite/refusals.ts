import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

const UNKNOWN_UPLOAD = `ast_${"0".repeat(26)}`;
const UNKNOWN_JOB = `job_${"0".repeat(26)}`;

export function refusesRequests(runtime: () => Runtime): void {
  describe("an edit is refused for", () => {
    const t = newTenant(runtime);
    const jobs = async () => ((await (await t().api("/v1/jobs")).json()) as { data: unknown[] }).data.length;

    test.each<[string, object, string, string, string]>([
      ["an unknown model", { model: "acme/paint" }, "unsupported_option", "/model", "modelslab/inpaint"],
      ["an option the model does not take", { quality: "high" }, "unsupported_option", "/quality", "does not take"],
      ["a value beyond the model's", { steps: 400 }, "unsupported_option", "/steps", "a whole number from 1 to 50"],
      [
        "a size the model does not work at",
        { size: { width: 100, height: 100 } },
        "unsupported_option",
        "/size",
        "256",
      ],
      [
        "an option of another provider",
        { providerOptions: { acme: 1 } },
        "unsupported_option",
        "/providerOptions/acme",
        "safetyChecker",
      ],
      ["no prompt where one is needed", { prompt: undefined }, "unsupported_option", "/prompt", "needs a prompt"],
      ["a too long prompt", { prompt: "x".repeat(32_000) }, "unsupported_option", "/prompt", "at most"],
      ["a prompt beyond every model", { prompt: "x".repeat(32_001) }, "invalid_request", "/prompt", "32000"],
      ["a prompt with a bidi override", { prompt: "a \u202e hat" }, "invalid_request", "/prompt", "bidirectional"],
      ["an unknown field", { colour: "red" }, "invalid_request", "/colour", "not a known field"],
      ["a field unknown one level down", { edit: { blur: 1 } }, "invalid_request", "/edit/blur", "not a known field"],
      ["no mask", { mask: undefined }, "invalid_request", "/mask", ""],
      ["an upload that is unknown", { image: UNKNOWN_UPLOAD }, "asset_missing", "/image", "no upload"],
      ["a mask that is unknown", { mask: UNKNOWN_UPLOAD }, "asset_missing", "/mask", "no upload"],
      ["a result that is unknown", { image: { job: UNKNOWN_JOB } }, "asset_missing", "/image", "no result 0"],
    ])("%s", async (_, change, code, pointer, words) => {
      const before = await jobs();
      const headers = { "idempotency-key": `refused-${code}-${pointer}` };
      const refused = await problem(await t().ask(change, { headers }));
      expect(refused).toMatchObject({ code, status: 422, pointer, retryable: false });
      expect(refused.detail).toContain(words);
      expect(await jobs()).toBe(before);
    });

    test.each([
      ["the model", { model: "acme/paint" }, "/model"],
      ["an option", { quality: "high" }, "/quality"],
    ])("%s first, whatever else is wrong", async (_, change, pointer) => {
      const wrong = { image: UNKNOWN_UPLOAD, webhook: "https://10.0.0.1/hook", ...change };
      expect(await problem(await t().ask(wrong))).toMatchObject({ code: "unsupported_option", pointer });
    });

    test("everything that is wrong with it at once", async () => {
      const { errors } = (await problem(await t().ask({ steps: 400, quality: "high" }))) as unknown as {
        errors: { pointer: string }[];
      };
      expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual(["/quality", "/steps"]);
    });

    test.each([
      "http://example.com/hook",
      "https://10.0.0.1/hook",
      "https://3232235777/hook",
      "https://user:word@example.com/hook",
      "https://metadata.google.internal/",
    ])("a webhook that would never be delivered: %s", async (webhook) => {
      const refused = await problem(await t().ask({ webhook }));
      expect(refused).toMatchObject({ code: "invalid_request", pointer: "/webhook" });
    });

    test("an upload that was signed and never sent, with how to renew it", async () => {
      const { id } = await t().sign({ contentLength: 10 });
      expect(await (await t().api(`/v1/uploads/${id}`)).json()).toMatchObject({ status: "pending" });
      const refused = await problem(await t().ask({ image: id }));
      expect(refused).toMatchObject({ code: "asset_missing", pointer: "/image" });
      expect(refused.detail).toContain(`/v1/uploads/${id}/renew`);
    });

    test("nothing that a prompt may speak of", async () => {
      const answer = await t().ask({ prompt: '"__proto__" on a blackboard' });
      expect(answer.status).toBe(202);
      await t().finish(await idOf(answer));
    });
  });
}
