import { DatabaseSync } from "node:sqlite";
import type { Job } from "@infill/core";
import { mask, photo } from "@infill/functions/testing";
import type { LocalEngine } from "@infill/local";
import {
  type BflBehaviour,
  type FalBehaviour,
  type Behaviour as ModelsLabBehaviour,
  type OneMinBehaviour,
  startBfl,
  startFal,
  startModelsLab,
  startOneMin,
} from "@infill/simulators";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { composeVendors, VENDOR_KEY } from "./testing/vendors.ts";
import { startWorkflowBench, type WorkflowBench } from "./testing/workflow-bench.ts";

/** What becomes of a submit, by the simulator's own account. */
type Fate =
  /** The work is done. */
  | "done"
  /** Nothing was taken, for a reason that is the vendor's alone. */
  | "could not"
  /** The work was taken, and then it could not be done. */
  | "tried"
  /** Another would refuse it, too – or nobody knows what became of it. */
  | "ends";

/** Each vendor's model, what its simulator can be told, and the options that the model takes – written down apart from its record. */
const VENDORS = {
  modelslab: {
    model: "modelslab/inpaint",
    takes: ["seed", "strength", "negativePrompt", "n"],
    fates: [
      [{ answer: "success" }, "done"],
      [{ takesSeconds: 1 }, "done"],
      [{ refuse: "no-credit" }, "could not"],
      [{ refuse: "invalid-key" }, "could not"],
      [{ refuse: "try-again" }, "could not"],
      [{ outcome: "failed", failure: "Failed, Try Again", takesSeconds: 1 }, "tried"],
      [{ refuse: "bad-request" }, "ends"],
      [{ outcome: "failed", takesSeconds: 1 }, "ends"],
      [{ answer: "html-500" }, "ends"],
      [{ answer: "reset" }, "ends"],
      [{ answer: "accepted-html-502" }, "ends"],
    ] satisfies [ModelsLabBehaviour, Fate][],
  },
  bfl: {
    model: "bfl/flux-fill",
    takes: ["seed"],
    fates: [
      [{ takesSeconds: 1 }, "done"],
      [{ refuse: "no-credits" }, "could not"],
      [{ refuse: "invalid-key" }, "could not"],
      [{ refuse: "unprocessable" }, "ends"],
      [{ refuse: "unavailable" }, "ends"],
      [{ outcome: "Request Moderated", takesSeconds: 1 }, "ends"],
      [{ outcome: "Content Moderated", takesSeconds: 1 }, "ends"],
    ] satisfies [BflBehaviour, Fate][],
  },
  fal: {
    model: "fal/flux-fill",
    takes: ["seed", "n"],
    fates: [
      [{ takesSeconds: 1 }, "done"],
      [{ refuse: "no-balance" }, "could not"],
      [{ refuse: "invalid-key" }, "could not"],
      [{ refuse: "content-policy" }, "ends"],
      [{ refuse: "server-error" }, "ends"],
      [{ outcome: "nsfw", takesSeconds: 1 }, "ends"],
      [{ outcome: "content-policy", takesSeconds: 1 }, "ends"],
    ] satisfies [FalBehaviour, Fate][],
  },
  "1min": {
    model: "1min/stable-image",
    takes: [],
    fates: [
      [{ takesSeconds: 1 }, "done"],
      [{ refuse: "no-credit" }, "could not"],
      [{ refuse: "bad-token" }, "could not"],
      [{ refuse: "upstream-400" }, "ends"],
      [{ outcome: "unsafe", takesSeconds: 1 }, "ends"],
    ] satisfies [OneMinBehaviour, Fate][],
  },
};
type Vendor = keyof typeof VENDORS;
const NAMES = Object.keys(VENDORS) as Vendor[];

/** What may be asked for; how many pictures cannot be gone without. */
const OPTIONS = { seed: 7, strength: 0.5, negativePrompt: "fog", n: 2 };
type Option = keyof typeof OPTIONS;

interface Run {
  vendors: Vendor[];
  /** One of its vendor's fates, by its number. */
  fates: Record<Vendor, number>;
  options: Option[];
  dropOptions: boolean;
}

const takes = (vendor: Vendor, option: Option) => (VENDORS[vendor].takes as readonly string[]).includes(option);
const fateOf = ({ fates }: Run, vendor: Vendor): Fate => VENDORS[vendor].fates[fates[vendor]]?.[1] ?? "ends";

const run: fc.Arbitrary<Run> = fc
  .record({
    vendors: fc.shuffledSubarray(NAMES, { minLength: 1 }),
    fates: fc.record(
      Object.fromEntries(NAMES.map((name) => [name, fc.nat(VENDORS[name].fates.length - 1)])) as Record<
        Vendor,
        fc.Arbitrary<number>
      >,
    ),
    options: fc.subarray(Object.keys(OPTIONS) as Option[]),
    dropOptions: fc.boolean(),
  })
  // what the first model cannot honour is refused at once, which is another test's matter
  .map((drawn) => ({ ...drawn, options: drawn.options.filter((option) => takes(drawn.vendors[0] as Vendor, option)) }));

/** How a run must end: by which model, and what is said of those before it. */
function expected(of: Run) {
  const [first = "modelslab", ...others] = of.vendors;
  const tried: object[] = [];
  let current = first;
  /** Those that could not take over from the current one. */
  let passed: object[] = [];
  for (const next of [...others, undefined]) {
    const fate = fateOf(of, current);
    if (fate === "done") return { status: "succeeded", model: VENDORS[current].model, tried };
    if (fate === "ends") return { status: "failed", model: VENDORS[current].model, tried };
    if (next === undefined) break;
    const cannot = of.options.filter((option) => !takes(next, option));
    const eligible = cannot.length === 0 || (of.dropOptions && !cannot.includes("n"));
    if (!eligible) passed.push({ model: VENDORS[next].model, outcome: "skipped", code: "unsupported_option" });
    else {
      tried.push({ model: VENDORS[current].model, outcome: fate === "tried" ? "failed" : "refused" }, ...passed);
      passed = [];
      current = next;
    }
  }
  tried.push(...passed);
  return { status: "failed", model: VENDORS[current].model, tried };
}

describe("500 lists of models whose vendors fail at random", () => {
  let bench: WorkflowBench;
  let engine: LocalEngine;
  let pictures: { image: string; mask: string };
  let simulators: Awaited<ReturnType<typeof start>>;

  const start = async (time: Parameters<typeof startBfl>[0]["time"]) => {
    const options = { keys: [VENDOR_KEY], ...(time && { time }) };
    return {
      modelslab: await startModelsLab(options),
      bfl: await startBfl(options),
      fal: await startFal(options),
      "1min": await startOneMin(options),
    };
  };

  beforeAll(async () => {
    bench = await startWorkflowBench(async ({ time, http }) => {
      simulators = await start(time);
      return composeVendors(simulators, http);
    });
    engine = bench.engine(new DatabaseSync(":memory:"));
    const [width, height] = [64, 48];
    const box = { left: 20, top: 16, width: 16, height: 12 };
    pictures = await bench.upload({ image: await photo(width, height), mask: await mask(width, height, box) });
  });
  afterAll(async () => {
    await engine.close();
    await bench[Symbol.asyncDispose]();
  });

  /** Works of this run that each vendor took. */
  const taken = (of: Run, prompt: string): number[] =>
    of.vendors.map((vendor) => simulators[vendor].works.filter((work) => work.prompt === prompt).length);
  /** Those of them that it did not itself say that it could not do. */
  const accepted = (of: Run, prompt: string): number =>
    taken(of, prompt)
      .filter((_, i) => fateOf(of, of.vendors[i] as Vendor) !== "tried")
      .reduce((sum, works) => sum + works, 0);

  test("no job has two accepted submits; what may take over does, and what may not is passed over with its reason", async () => {
    let number = 0;
    const perform = async (of: Run): Promise<Job> => {
      number += 1;
      const prompt = `run ${number}`;
      for (const vendor of of.vendors) {
        const [behaviour] = VENDORS[vendor].fates[of.fates[vendor]] ?? [];
        const { behave } = simulators[vendor] as { behave(rule: object): () => void };
        behave({ ...behaviour, when: prompt, times: Number.POSITIVE_INFINITY });
        await bench.deps.records.noteProvider(vendor, "answered", 0);
      }
      const id = await bench.ask(engine, {
        ...pictures,
        model: of.vendors.map((vendor) => VENDORS[vendor].model),
        prompt,
        deadlineSeconds: 60,
        fallback: { dropOptions: of.dropOptions },
        edit: { crop: "off" },
        ...Object.fromEntries(of.options.map((option) => [option, OPTIONS[option]])),
      });
      const row = async () => await bench.deps.records.getJob(id);
      await bench.advanceUntil(engine, async () => (await row())?.finishedAt !== undefined);
      expect(accepted(of, prompt)).toBeLessThanOrEqual(1);
      expect(Math.max(...taken(of, prompt))).toBeLessThanOrEqual(1);
      const ended = (await row()) as Job;
      expect(ended.settlement.amount).toBeLessThanOrEqual(ended.estimate);
      return ended;
    };

    await fc.assert(
      fc.asyncProperty(run, async (of) => {
        const job = await perform(of);
        const { status, request, route } = job;
        const reached = { status, model: request.model, tried: route?.past ?? [] };
        expect(reached).toMatchObject(expected(of));
        for (const step of reached.tried) expect(step.reason).not.toBe("");
      }),
      { numRuns: 500, seed: 20_261_125, endOnFailure: false },
    );
  }, 300_000);
});
