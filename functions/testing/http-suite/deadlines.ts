import { EXPIRY_GRACE_MS } from "@infill/core";
import type { Behaviour } from "@infill/simulators";
import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import type { Runtime } from "../runtime.ts";
import { newTenant } from "./tenant.ts";

const ENDLESS: Behaviour = { takesSeconds: Number.POSITIVE_INFINITY, callback: "never" };
const DEADLINE_SECONDS = 300;

export function keepsDeadlines(runtime: () => Runtime): void {
  describe("a job's deadline", () => {
    const t = newTenant(runtime);
    /** A job whose submit is treated so, at a moment when only time makes anything happen. */
    const start = async (behaviour: Behaviour) => {
      t().modelsLab.behave(behaviour);
      const id = await idOf(await t().ask({ deadlineSeconds: DEADLINE_SECONDS }));
      await t().quiet();
      return id;
    };
    const moveDeadline = (id: string, deadlineAt: number) => t().records.updateJob(id, {}, { deadlineAt });
    /** Lets it pass while nobody can look, as when a laptop is closed. Where time cannot be moved, the operator moves the deadline. */
    const pass = async (id: string) => {
      const { clock } = t();
      if ("advance" in clock) clock.advance(DEADLINE_SECONDS * 1000 + 1);
      else await moveDeadline(id, clock.now() - 1);
    };
    const MAY_BE_CHARGED = {
      status: "failed",
      error: { code: "outcome_unknown", retryable: false },
      cost: { state: "unreconciled" },
    };

    test.each<[string, Behaviour]>([
      ["a lost answer that nobody confirms", { answer: "reset", callback: "never" }],
      ["work that never ends", ENDLESS],
    ])("ends %s, which may have been charged", async (_, behaviour) => {
      const id = await start(behaviour);
      expect(await t().job(id)).toMatchObject({ status: "running" });
      await pass(id);
      const job = await t().finish(id);
      expect(job).toMatchObject(MAY_BE_CHARGED);
      expect(Date.parse(job.finishedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(job.deadlineAt));
    });

    test("does not lose work that ended while nobody could look", async () => {
      const id = await start(ENDLESS);
      await t().modelsLab.release(t().modelsLab.jobs.at(-1)?.id ?? "");
      await pass(id);
      expect(await t().finish(id)).toMatchObject({ status: "succeeded", cost: { state: "settled" } });
    });

    test("that is long past ends a job that was left behind as soon as anybody asks", async () => {
      const id = await start(ENDLESS);
      await moveDeadline(id, t().clock.now() - EXPIRY_GRACE_MS + 5000);
      expect(await t().job(id)).toMatchObject({ status: "running" });
      await moveDeadline(id, t().clock.now() - EXPIRY_GRACE_MS);
      expect(await t().job(id)).toMatchObject(MAY_BE_CHARGED); // no time passes
    });
  });
}
