import { describe, expect, test } from "vitest";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

export function receivesCallbacks(runtime: () => Runtime): void {
  describe("a provider's callback", () => {
    const t = newTenant(runtime);

    test("whose path is forged, or whose job is over, is one uniform 404", async () => {
      const over = await t().edit();
      const genuine = t().modelsLab.callbacks.at(-1)?.url ?? "";
      expect(genuine).toContain(over.id);
      const forged = [
        genuine,
        genuine.slice(0, -1) + (genuine.endsWith("A") ? "B" : "A"),
        genuine.replace("modelslab", "other"),
        `${t().url}/webhooks/modelslab/x`,
      ];
      const answers = await Promise.all(
        forged.map(async (url) => {
          const answer = await fetch(url, { method: "POST", body: "{}" });
          expect(answer.headers.get("cache-control")).toContain("no-store");
          const { requestId: _, ...same } = await problem(answer);
          return same;
        }),
      );
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect(answers[0]).toMatchObject({ code: "not_found", status: 404 });
    });

    test("that is too large is told so as its sender needs it, whatever its path", async () => {
      const answer = await fetch(`${t().url}/webhooks/modelslab/x`, { method: "POST", body: "x".repeat(300_000) });
      expect(await problem(answer)).toMatchObject({
        code: "invalid_request",
        status: 413,
        detail: expect.stringMatching(/^The body is larger than 262144 bytes; a callback says/),
        maxBytes: 262_144,
      });
    });

    test("that says anything at all is taken and believed in nothing", async () => {
      t().modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY, callback: "never" });
      const answer = await t().ask();
      const { id } = (await answer.json()) as { id: string };
      await t().quiet();
      const url = t().modelsLab.jobs.at(-1)?.submit.webhook ?? "";
      const lies = { status: "success", id: "1", output: ["https://example.com/another.png"] };
      expect((await fetch(url, { method: "POST", body: JSON.stringify(lies) })).status).toBe(200);
      expect((await fetch(url, { method: "POST", body: "not JSON" })).status).toBe(200);
      await t().quiet();
      expect(await t().job(id)).toMatchObject({ status: "running", results: [] });
      await t().modelsLab.release(t().modelsLab.jobs.at(-1)?.id ?? "");
      expect(await t().finish(id)).toMatchObject({ status: "succeeded" });
    });
  });
}
