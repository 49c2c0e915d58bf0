import type { Behaviour } from "@infill/simulators";
import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import { changedOutside, photo } from "../pictures.ts";
import type { Runtime } from "../runtime.ts";
import { newTenant } from "./tenant.ts";

export function editsThroughModelsLab(runtime: () => Runtime): void {
  describe("an edit through ModelsLab", () => {
    const t = newTenant(runtime);
    /** An edit whose submit is treated so, and how many were accepted for it. */
    const edited = async (behaviour: Behaviour & { times?: number }, json?: object) => {
      const before = t().modelsLab.jobs.length;
      t().modelsLab.behave(behaviour);
      const job = await t().edit(json);
      return { job, accepted: t().modelsLab.jobs.length - before };
    };

    test("is woken by its webhook, long before it would have looked by itself", async () => {
      const { job, accepted } = await edited({ etaSeconds: 600, takesSeconds: 1 });
      expect(job).toMatchObject({ status: "succeeded", progress: 1, cost: { state: "settled" } });
      expect(accepted).toBe(1);
      expect(t().modelsLab.callbacks.at(-1)).toMatchObject({ status: 200 });
      expect(await changedOutside(await photo(), await t().result(job.id))).toBe(0);
    });

    test.each<[string, Behaviour]>([
      ["every callback is dropped", { callback: "never" }],
      ["the callback comes before the submit's answer", { callback: "early" }],
      ["the callback comes twice", { callback: "twice" }],
      ["the callback says failed and the work succeeded", { callback: "says-failed" }],
      ["the callback has no output", { callback: "empty" }],
      ["the answer comes at once", { answer: "success" }],
      ["the answer comes at once and is called back too", { answer: "success", callback: "once" }],
      ["the submit's answer is lost and the callback completes it", { answer: "reset" }],
      ["a proxy's error page hides the acceptance", { answer: "accepted-html-502" }],
      ["the fetch breaks twice", { callback: "never", fetch: ["html-500", "reset"] }],
      ["the first link has expired", { links: { output: "expired" } }],
    ])("finishes with one accepted submit when %s", async (_, behaviour) => {
      const { job, accepted } = await edited(behaviour);
      expect(job.error).toBeUndefined();
      expect(job.status).toBe("succeeded");
      expect(accepted).toBe(1);
    });

    test.each<[string, Behaviour]>([
      ["it is warming up", { refuse: "try-again" }],
      ["it limits the rate", { refuse: "rate-limit" }],
      ["it limits the rate in the older form", { refuse: "rate-limit", errorStatus: "ok" }],
    ])("is sent again when %s: nothing was accepted", async (_, rule) => {
      const { job, accepted } = await edited({ ...rule, times: 2 });
      expect(job).toMatchObject({ status: "succeeded", attempts: 3 });
      expect(accepted).toBe(1);
    });

    test.each<[string, Behaviour, string, string]>([
      ["a refused request costs nothing", { refuse: "bad-request" }, "provider_rejected", "refunded"],
      ["failed work may have been charged", { outcome: "failed" }, "provider_rejected", "unreconciled"],
    ])("%s", async (_, behaviour, code, state) => {
      const { job } = await edited(behaviour);
      expect(job).toMatchObject({ status: "failed", error: { code }, cost: { state } });
    });

    test("that is moderated is refused, not a success", async () => {
      const { job } = await edited({ outcome: "nsfw" }, { providerOptions: { safetyChecker: true } });
      expect(job).toMatchObject({ status: "failed", error: { code: "content_rejected", retryable: false } });
    });

    test("whose id belongs to another job ends at once: its answer would be another's picture", async () => {
      const first = await t().edit();
      const taken = Number(first.providerJobId) + 1;
      expect(await t().records.bindProviderJob("modelslab", String(taken), first.id)).toBe(true);
      const id = await idOf(await t().ask());
      await t().quiet(); // no time passes
      expect(await t().job(id)).toMatchObject({
        status: "failed",
        error: { code: "outcome_unknown" },
        cost: { state: "unreconciled" },
      });
    });

    test("that the provider cannot take yet says so", async () => {
      const withdraw = t().modelsLab.behave({ refuse: "rate-limit", times: Number.POSITIVE_INFINITY });
      const id = await idOf(await t().ask());
      await t().quiet();
      const waiting = { reason: expect.stringContaining("takes no more requests") };
      expect(await t().job(id)).toMatchObject({ status: "running", waiting });
      withdraw();
      expect(await t().finish(id)).not.toHaveProperty("waiting");
    });

    test("brings several pictures, each pasted into the photo", async () => {
      const { id, results } = await t().edit({ n: 3 });
      expect(results).toHaveLength(3);
      for (const { index, fidelity } of results) {
        expect(fidelity.changedOutside).toBe(0);
        expect(await changedOutside(await photo(), await t().result(id, index))).toBe(0);
      }
    });

    test("leaves no working pictures behind", async () => {
      const job = await t().edit();
      await t().quiet();
      expect(await t().stored(`r/${job.id}/0.png`)).toBe(true);
      expect(await t().stored(`w/${job.id}/image.png`)).toBe(false);
    });
  });
}
