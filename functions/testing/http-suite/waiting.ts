import type { JobView } from "@infill/core";
import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import type { Runtime } from "../runtime.ts";
import { newTenant } from "./tenant.ts";

export function holdsAnswers(runtime: () => Runtime): void {
  describe("an answer that the caller prefers to wait for", () => {
    const t = newTenant(runtime);
    const held = (wait: number) => ({ headers: { prefer: `wait=${wait}` } });
    /** Status, the wait that was applied, and the job's status. */
    const told = async (answer: Response) => [
      answer.status,
      answer.headers.get("preference-applied"),
      ((await answer.json()) as JobView).status,
    ];
    const endless = () => t().modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });

    test("is held until the job's end, and 200", async () => {
      expect(await told(await t().during(t().ask({}, held(20))))).toEqual([200, "wait=20", "succeeded"]);
    });

    test("is held by whoever asks about the job, too", async () => {
      const id = await idOf(await t().ask());
      const answer = await t().during(t().api(`/v1/jobs/${id}`, held(20)));
      expect(await told(answer)).toEqual([200, "wait=20", "succeeded"]);
    });

    test("is held by whoever cancels the job, too", async () => {
      endless();
      const id = await idOf(await t().ask());
      await t().quiet();
      const answer = await t().during(t().api(`/v1/jobs/${id}/cancel`, { method: "POST", ...held(20) }));
      expect(await told(answer)).toEqual([200, "wait=20", "canceled"]);
    });

    test("is held for 25 s at most, and says so", async () => {
      expect(await told(await t().during(t().ask({}, held(600))))).toEqual([200, "wait=25", "succeeded"]);
    });

    test("is 202 and the job as it is when the time is up", async () => {
      endless();
      const answer = await t().during(t().ask({}, held(1)));
      expect(answer.headers.get("location")).toMatch(/^\/v1\/jobs\/job_/);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await told(answer)).toEqual([202, "wait=1", expect.stringMatching(/^(?:queued|running)$/)]);
    });

    test("does not matter to the job: one whose caller hung up goes on", async () => {
      endless();
      const before = t().modelsLab.jobs.length;
      const hangUp = new AbortController();
      const headers = { "idempotency-key": "hung-up", prefer: "wait=20" };
      const answer = t().ask({}, { headers, signal: hangUp.signal });
      await t().modelsLab.until(() => t().modelsLab.jobs.length > before);
      hangUp.abort();
      await expect(answer).rejects.toThrow();

      const id = await idOf(await t().ask({}, { headers: { "idempotency-key": "hung-up" } }));
      await t().quiet();
      await t().modelsLab.release(t().modelsLab.jobs.at(-1)?.id ?? "");
      expect(await t().finish(id)).toMatchObject({ status: "succeeded" });
    });
  });
}
