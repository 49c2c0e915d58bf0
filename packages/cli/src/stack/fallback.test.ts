import type { Behaviour } from "@infill/simulators";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

/** ModelsLab first, and what needs nobody after it. */
const LIST = ["modelslab/inpaint", "local/fill"];

describe("a list of models", () => {
  let t: TestStack;
  beforeAll(async () => {
    t = await startTestStack();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  /** An edit whose submits to ModelsLab are treated so, and how often that took it. */
  async function edited(behaviour: Behaviour, json: object = {}) {
    const before = t.modelsLab.jobs.length;
    const withdraw = t.modelsLab.behave({ ...behaviour, times: Number.POSITIVE_INFINITY });
    const job = await t.edit({ model: LIST, prompt: "a hat", ...json });
    withdraw();
    await t.stack.records.noteProvider("modelslab", "answered", 0);
    return { job, accepted: t.modelsLab.jobs.length - before };
  }

  test("is gone through no further than its first when that does it", async () => {
    const { job, accepted } = await edited({ answer: "success" });
    expect(job).toMatchObject({ status: "succeeded", model: "modelslab/inpaint" });
    expect([accepted, job.tried]).toEqual([1, undefined]);
  });

  test.each<[string, Behaviour, string]>([
    ["wants money", { refuse: "no-credit" }, "wants the account topped up"],
    ["refuses the key", { refuse: "invalid-key" }, "refused the configured key"],
    ["is warming up", { refuse: "try-again" }, "was not ready"],
  ])("goes on when its first %s, for the price of the second", async (_, behaviour, reason) => {
    const { job, accepted } = await edited(behaviour);
    expect(job).toMatchObject({
      status: "succeeded",
      model: "local/fill",
      results: [{ width: 320, height: 240, fidelity: { changedOutside: 0 } }],
      cost: { estimateMicroUsd: 10_000, amountMicroUsd: 0, state: "settled" },
      tried: [
        {
          model: "modelslab/inpaint",
          outcome: "refused",
          code: "provider_unavailable",
          reason: expect.stringContaining(reason),
          amountMicroUsd: 0,
          at: expect.stringMatching(/^\d{4}-/),
        },
      ],
    });
    expect(accepted).toBe(0);
  });

  test("goes on when its first took the work and could not do it, and says what that may have cost", async () => {
    const failing = { outcome: "failed", failure: "Failed, Try Again", etaSeconds: 1 } as const;
    const { job, accepted } = await edited(failing);
    const cost = { amountMicroUsd: 10_000, state: "unreconciled" };
    expect(job).toMatchObject({ status: "succeeded", model: "local/fill", cost });
    expect(job.tried).toMatchObject([{ outcome: "failed", amountMicroUsd: 10_000 }]);
    expect(accepted).toBe(1);
  });

  test.each<[string, Behaviour, object]>([
    ["bad input", { refuse: "bad-request" }, { code: "provider_rejected" }],
    ["moderation", { outcome: "nsfw", etaSeconds: 1 }, { code: "content_rejected" }],
    ["a lost answer", { answer: "reset", callback: "never" }, { code: "outcome_unknown" }],
    ["a fault that proves nothing", { answer: "html-500" }, { code: "outcome_unknown" }],
  ])("ends at %s: another would share it, or it may be paid for", async (_, behaviour, error) => {
    const { job } = await edited(behaviour, {
      providerOptions: { safetyChecker: true },
      fallback: { dropOptions: true },
    });
    expect(job).toMatchObject({ status: "failed", model: "modelslab/inpaint", error });
    expect(job.tried).toBeUndefined();
  });

  test("passes over a model that cannot honour the options, and says so", async () => {
    const { job } = await edited({ refuse: "no-credit" }, { strength: 0.5 });
    expect(job).toMatchObject({
      status: "failed",
      error: { code: "provider_unavailable" },
      tried: [
        {
          model: "local/fill",
          outcome: "skipped",
          code: "unsupported_option",
          reason: "/strength: local/fill does not take strength",
        },
      ],
    });
  });

  test("goes on without them where the caller allows that", async () => {
    const { job } = await edited({ refuse: "no-credit" }, { strength: 0.5, fallback: { dropOptions: true } });
    expect(job).toMatchObject({ status: "succeeded", model: "local/fill" });
    expect(job.warnings).toEqual([
      "local/fill does not read the prompt",
      "local/fill was asked without /strength: it does not take it",
    ]);
  });

  test("waits for a full queue, and goes on when that lasts beyond the deadline", async () => {
    const { job, accepted } = await edited({ refuse: "rate-limit" }, { deadlineSeconds: 60 });
    expect(job).toMatchObject({ status: "succeeded", model: "local/fill", tried: [{ code: "rate_limited" }] });
    expect(accepted).toBe(0);
    // it was asked once more after the half minute that the vendor named
    expect(job.attempts).toBe(3);
  });

  test("does not ask a provider that failed again and again, until it has rested", async () => {
    const withdraw = t.modelsLab.behave({ refuse: "try-again", times: Number.POSITIVE_INFINITY });
    for (let failures = 0; failures < 3; failures++) await t.edit({ model: LIST, prompt: "a hat" });
    withdraw();
    const before = t.modelsLab.jobs.length;
    // where no other can take the job, it is asked all the same, and nothing says that it was left
    const alone = await t.edit({ model: LIST, prompt: "a hat", strength: 0.5 });
    expect(alone).toMatchObject({ status: "succeeded", model: "modelslab/inpaint" });
    expect(alone.tried).toMatchObject([{ model: "local/fill", code: "unsupported_option" }]);
    for (let failures = 0; failures < 3; failures++)
      await t.stack.records.noteProvider("modelslab", "failed", t.clock.now());
    const resting = await t.edit({ model: LIST, prompt: "a hat" });
    expect(resting).toMatchObject({ model: "local/fill", attempts: 1 });
    expect(resting.tried).toMatchObject([
      { outcome: "skipped", reason: expect.stringContaining("is left alone until") },
    ]);
    expect(t.modelsLab.jobs.length).toBe(before + 1);
    // somebody who named it alone is not kept from it, and finds it well
    expect(await t.edit({ model: "modelslab/inpaint", prompt: "a hat" })).toMatchObject({ status: "succeeded" });
    expect(await t.edit({ model: LIST, prompt: "a hat" })).toMatchObject({ model: "modelslab/inpaint" });
  });

  test("stops when the job was canceled meanwhile", async () => {
    t.modelsLab.behave({ refuse: "rate-limit", times: 1 });
    const asked = await t.ask({ model: LIST, prompt: "a hat" });
    const { id } = (await asked.json()) as { id: string };
    await t.advanceUntil(async () => (await t.job(id)).waiting !== undefined);
    await t.api(`/v1/jobs/${id}/cancel`, { method: "POST" });
    expect(await t.finish(id)).toMatchObject({ status: "canceled", cost: { amountMicroUsd: 0, state: "refunded" } });
  });

  test("does not take a caller's cancel for a provider's failure", async () => {
    t.modelsLab.behave({ answer: "hang", callback: "never", times: 1 });
    const before = t.modelsLab.jobs.length;
    const asked = await t.ask({ model: LIST, prompt: "a hat" });
    const { id } = (await asked.json()) as { id: string };
    await t.modelsLab.until(() => t.modelsLab.jobs.length > before);
    await t.api(`/v1/jobs/${id}/cancel`, { method: "POST" });
    t.clock.advance(2000);
    expect(await t.finish(id)).toMatchObject({ status: "canceled" });
    expect(await t.stack.records.getProviderHealth("modelslab")).toBeUndefined();
  });
});

test("the operator's fallback is for callers who named one model alone", async () => {
  await using t = await startTestStack({
    behaviour: { refuse: "no-credit" },
    catalogue: { fallbacks: { "modelslab/inpaint": ["local/fill"] }, prices: { "modelslab/inpaint": 4_700 } },
  });
  const named = { model: "modelslab/inpaint", prompt: "a hat" };
  expect(await t.edit(named)).toMatchObject({
    model: "local/fill",
    cost: { estimateMicroUsd: 4_700, amountMicroUsd: 0 },
  });
  expect(await t.edit({ ...named, model: ["modelslab/inpaint"] })).toMatchObject({ status: "failed" });
});
