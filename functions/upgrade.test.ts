import { DatabaseSync } from "node:sqlite";
import { type Durable, executionNameOf } from "@infill/core";
import { sampleJob } from "@infill/core/testing";
import { mask, photo } from "@infill/functions/testing";
import { type ModelsLabSimulator, startModelsLab } from "@infill/simulators";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { composeVendors, VENDOR_KEY } from "./testing/vendors.ts";
import { startWorkflowBench, type WorkflowBench } from "./testing/workflow-bench.ts";

/** A build of the workflow, as what it makes of its durable operations. */
type Build = (durable: Durable) => Durable;

const through = (durable: Durable): Durable => ({
  executionId: durable.executionId,
  step: (...call) => durable.step(...call),
  callback: (...call) => durable.callback(...call),
  wait: (...call) => durable.wait(...call),
});

/** The build that is there before the update: it comes as far as an operation of this name, and is put out. */
const until =
  (last: string, reached: () => void): Build =>
  (durable) => {
    const never = <T>(): Promise<T> => new Promise(() => reached());
    return {
      ...through(durable),
      step: (name, ...call) => (name === last ? never() : durable.step(name, ...call)),
      callback: (name, ...call) => (name === last ? never() : durable.callback(name, ...call)),
    };
  };

/** The builds after it. */
const updates: Record<string, Build> = {
  "whose steps are called otherwise": (durable) => ({
    ...through(durable),
    step: (name, ...call) => durable.step(`${name}-anew`, ...call),
  }),
  "which has another step before each": (durable) => ({
    ...through(durable),
    async step(name, ...call) {
      await durable.step(`before-${name}`, async () => null);
      return durable.step(name, ...call);
    },
  }),
  "which claims without a step": (durable) => ({
    ...through(durable),
    step: (name, run, semantics) => (name === "claim" ? run() : durable.step(name, run, semantics)),
  }),
  "that is the same": through,
};

const CHECKPOINTS = ["claim", "prepare", "submit-1", "before-look-1", "before-look-1-arm", "look-1", "finish", "close"];

describe("jobs of one build, gone on with by another", () => {
  let bench: WorkflowBench;
  let modelsLab: ModelsLabSimulator;
  let pictures: { image: string; mask: string };

  beforeAll(async () => {
    bench = await startWorkflowBench(async ({ time, http }) => {
      modelsLab = await startModelsLab({ keys: [VENDOR_KEY], time });
      return composeVendors({ modelslab: modelsLab }, http);
    });
    pictures = await bench.upload({ image: await photo(), mask: await mask() });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  describe.each(Object.entries(updates))("a build %s", (_, update) => {
    test.each(CHECKPOINTS)("finishes a job that had come to %s, submitted once", async (checkpoint) => {
      const before = modelsLab.jobs.length;
      const database = new DatabaseSync(":memory:");
      const out = Promise.withResolvers<void>();
      let isOut = false;
      const old = bench.engine(
        database,
        until(checkpoint, () => {
          isOut = true;
          out.resolve();
        }),
      );
      const id = await bench.ask(old, { model: "modelslab/inpaint", prompt: "a hat", ...pictures });
      await bench.advanceUntil(old, () => isOut, out.promise);
      const closed = old.close({ graceMs: 0 });
      bench.clock.advance(0);
      await closed;

      const { records } = bench.deps;
      const engine = bench.engine(database, update);
      const ended = async () => (await records.getJob(id))?.finishedAt !== undefined;
      await bench.advanceUntil(engine, ended);
      await engine.idle();
      const row = (await records.getJob(id)) ?? sampleJob();
      expect(row).toMatchObject({ id, status: "succeeded", settlement: { state: "settled" } });
      expect(modelsLab.jobs.length - before).toBe(1);
      expect(engine.execution("inpaint", executionNameOf(row))?.status).toBe("SUCCEEDED");
      await engine.close();
      database.close();
    });
  });
});
