import { DatabaseSync } from "node:sqlite";
import { type Durable, estimateInpaint, type Job, storeUpload } from "@infill/core";
import { sampleCaller } from "@infill/core/testing";
import { mask, photo } from "@infill/functions/testing";
import type { LocalEngine } from "@infill/local";
import { startIdeogram, startModelsLab, startOneMin, startStability } from "@infill/simulators";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { composeVendors, VENDOR_KEY } from "./testing/vendors.ts";
import { startWorkflowBench, type WorkflowBench } from "./testing/workflow-bench.ts";

const FAILING = { outcome: "failed", failure: "Failed, Try Again", takesSeconds: 1 } as const;

describe("a job that moves from one model to the next", () => {
  let bench: WorkflowBench;
  let engine: LocalEngine;
  let pictures: { image: string; mask: string };
  let vendors: Awaited<ReturnType<typeof start>>;

  const start = async (time: Parameters<typeof startModelsLab>[0]["time"]) => {
    const options = { keys: [VENDOR_KEY], ...(time && { time }) };
    return {
      modelslab: await startModelsLab(options),
      stability: await startStability(options),
      ideogram: await startIdeogram(options),
      "1min": await startOneMin(options),
    };
  };

  beforeAll(async () => {
    bench = await startWorkflowBench(async ({ time, http }) => {
      vendors = await start(time);
      return composeVendors(vendors, http, {
        fallbacks: { "stability/inpaint": ["stable-image", "modelslab/inpaint"] },
      });
    });
    engine = bench.engine(new DatabaseSync(":memory:"));
    const box = { left: 20, top: 16, width: 16, height: 12 };
    pictures = await bench.upload({ image: await photo(64, 48), mask: await mask(64, 48, box) });
  });
  afterAll(async () => {
    await engine.close();
    await bench[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    for (const name of Object.keys(vendors)) await bench.deps.records.noteProvider(name, "answered", 0);
  });

  const job = async (id: string) => (await bench.deps.records.getJob(id)) as Job;
  const finished = (id: string) => async () => (await job(id)).finishedAt !== undefined;

  let asked = 0;
  /** An edit, and how often each vendor took it. */
  async function edit(body: object, meanwhile: (id: string) => Promise<void> = async () => {}) {
    asked += 1;
    const prompt = `move ${asked}`;
    const request = { prompt, deadlineSeconds: 60, edit: { crop: "off" }, ...body };
    const { amountMicroUsd: estimate } = await estimateInpaint(bench.deps, request);
    const id = await bench.ask(engine, { ...request, ...pictures });
    await meanwhile(id);
    await bench.advanceUntil(engine, finished(id));
    const row = await job(id);
    expect(row.estimate).toBe(estimate);
    expect(row.settlement.amount).toBeLessThanOrEqual(estimate);
    return { job: row, taken: takenOf(prompt) };
  }
  const takenOf = (prompt: string) =>
    Object.fromEntries(
      Object.entries(vendors).flatMap(([name, { works }]) => {
        const count = works.filter((work) => work.prompt === prompt).length;
        return count === 0 ? [] : [[name, count]];
      }),
    );

  test("is reserved at what all of them may charge, as it was estimated, and costs what it is known to", async () => {
    vendors.modelslab.behave({ ...FAILING, times: 1 });
    const { job, taken } = await edit({ model: ["modelslab/inpaint", "stability/inpaint"] });
    expect(taken).toEqual({ modelslab: 1, stability: 1 });
    expect(job).toMatchObject({
      status: "succeeded",
      estimate: 60_000,
      settlement: { state: "unreconciled", amount: 60_000 },
    });
  });

  test("may have cost what the model that had it last does, when nobody knows its end", async () => {
    vendors.stability.behave({ refuse: "no-credit", times: 1 });
    vendors.modelslab.behave({ answer: "html-500", times: 1 });
    const { job } = await edit({ model: ["stability/inpaint", "modelslab/inpaint"] });
    expect(job).toMatchObject({
      status: "failed",
      error: { code: "outcome_unknown" },
      settlement: { state: "unreconciled", amount: 10_000 },
    });
  });

  test("does not come back to a model that refused it, by whatever name", async () => {
    vendors.stability.behave({ refuse: "no-credit", times: Number.POSITIVE_INFINITY, when: "" });
    const before = vendors.stability.requests.length;
    const { job } = await edit({ model: "stability/inpaint" });
    vendors.stability.behave({ times: Number.POSITIVE_INFINITY });
    expect(job.request.model).toBe("1min/stable-image");
    expect(job.route?.past.map(({ model }) => model)).toEqual(["stability/inpaint"]);
    expect(vendors.stability.requests.length - before).toBe(1);
  });

  test("keeps the pictures that an option names, past a model that takes none", async () => {
    vendors.ideogram.behave({ refuse: "no-funds", times: 1 });
    vendors.stability.behave({ refuse: "no-credit", times: 1 });
    const style = await storeUpload(bench.deps, sampleCaller({ tenant: "acme", subject: "key_test" }), {
      purpose: "image",
      bytes: await photo(),
    });
    const { job, taken } = await edit({
      model: ["ideogram/inpaint-3", "stability/inpaint", "1min/ideogram-3"],
      providerOptions: { styleReferenceImages: [style.id] },
      fallback: { dropOptions: true },
    });
    expect(taken).toEqual({ "1min": 1 });
    expect(job.request).toMatchObject({
      model: "1min/ideogram-3",
      providerOptions: { styleReferenceImages: [style.id] },
    });
    expect(Object.values(vendors["1min"].works.at(-1)?.references ?? {})).toEqual([[expect.anything()]]);
    expect(job.warnings.join()).not.toContain("was asked without");
  });

  describe.each([
    ["refused it", "submit-1", { refuse: "no-credit" }, {}],
    ["failed at it", "look-1", FAILING, { modelslab: 1 }],
  ] as const)("whose first model %s", (_, step, behaviour, first) => {
    test("goes on, and is sent once, when its process dies before that is known", async () => {
      asked += 1;
      const prompt = `move ${asked}`;
      vendors.modelslab.behave({ ...behaviour, times: 1 });
      const database = new DatabaseSync(":memory:");
      const out = Promise.withResolvers<void>();
      let isOut = false;
      const dying = bench.engine(database, (durable) => ({
        ...through(durable),
        step: (name, run, semantics) =>
          durable.step(
            name,
            async () => {
              const result = await run();
              if (name !== step) return result;
              isOut = true;
              out.resolve();
              return new Promise<never>(() => {});
            },
            semantics,
          ),
      }));
      const model = ["modelslab/inpaint", "stability/inpaint"];
      const id = await bench.ask(dying, { model, prompt, edit: { crop: "off" }, ...pictures });
      await bench.advanceUntil(dying, () => isOut, out.promise);
      expect(await job(id)).toMatchObject({ request: { model: "stability/inpaint" } });
      const closed = dying.close({ graceMs: 0 });
      bench.clock.advance(0);
      await closed;

      const next = bench.engine(database);
      await bench.advanceUntil(next, finished(id));
      expect(await job(id)).toMatchObject({ status: "succeeded", request: { model: "stability/inpaint" } });
      expect(takenOf(prompt)).toEqual({ ...first, stability: 1 });
      await next.close();
      database.close();
    });
  });
});

const through = (durable: Durable): Durable => ({
  executionId: durable.executionId,
  step: (...call) => durable.step(...call),
  callback: (...call) => durable.callback(...call),
  wait: (...call) => durable.wait(...call),
});
