import type { ProviderFailure, ProviderRequest } from "@infill/core";
import { createHttp } from "@infill/providers/http";
import { type Bench, type BenchOptions, CANARY, describeProvider, type Scenario } from "@infill/providers/testing";
import {
  type ModelsLabSimulator,
  manualTime,
  type Rule,
  type ModelsLabOptions as SimulatorOptions,
  startModelsLab,
} from "@infill/simulators";
import { describe, expect, test } from "vitest";
import { createModelsLab } from "../src/modelslab/adapter.ts";
import { modelsLabModels } from "../src/modelslab/models.ts";
import { greyPng } from "../src/testing/png.ts";

const [model] = modelsLabModels;
if (model === undefined) throw new Error("ModelsLab has a model");
const KEY = `${CANARY}-key-0123456789`;
const queued: Rule = { answer: "queued", takesSeconds: Number.POSITIVE_INFINITY, callback: "once" };

const RULES: Record<Scenario, Rule | undefined> = {
  succeeds: { answer: "success" },
  queues: queued,
  "refuses the request": { refuse: "bad-request" },
  "refuses the prompt": undefined,
  "refuses the key": { refuse: "invalid-key" },
  "wants money": { refuse: "no-credit" },
  "is rate limited": { refuse: "rate-limit" },
  "is not ready": { refuse: "try-again" },
  "fails later": { ...queued, outcome: "failed" },
  moderates: { ...queued, outcome: "nsfw" },
  "links inside": { answer: "success", links: "redirect-private" },
  "links to a page": { answer: "success", links: "html" },
  "links to garbage": { answer: "success", links: "garbage" },
  "links to an endless file": { answer: "success", links: "oversized" },
  "links to a huge file": { answer: "success", links: "oversized-declared" },
  "links to nothing": { answer: "success", links: "missing" },
  "links to a hanging server": { answer: "success", links: "hang" },
  "links to a cut-off file": { answer: "success", links: "cut-off" },
};

interface Stage extends Bench {
  simulator: ModelsLabSimulator;
}

async function stage(
  rule: Rule,
  options: Partial<SimulatorOptions & BenchOptions> & { inline?: boolean } = {},
): Promise<Stage> {
  const { timeoutMs = {}, inline = false, through = async (url: string) => url, ...simulated } = options;
  const simulator = await startModelsLab({ keys: [KEY], time: manualTime(), ...simulated });
  simulator.behave(rule);
  const http = createHttp({ allowLoopback: true });
  return {
    simulator,
    provider: createModelsLab({
      http,
      key: async () => KEY,
      baseUrl: await through(simulator.url),
      inlineImages: inline,
      timeoutMs,
    }),
    taken: () => simulator.jobs.length,
    whenTaken: () => simulator.until(() => simulator.jobs.length > 0),
    async finish() {
      for (const job of simulator.jobs) await simulator.release(job.id);
    },
    async [Symbol.asyncDispose]() {
      await http.close();
      await simulator.close();
    },
  };
}

describeProvider("ModelsLab", {
  model,
  moderation: { safetyChecker: true },
  pays: (path) => path.endsWith("/inpaint"),
  asks: (path) => path.includes("/fetch/"),
  async bench(scenario, options) {
    const rule = RULES[scenario];
    return rule && stage(rule, options);
  },
});

const PHOTO = greyPng(256, 256, (x) => x);
const MASK = greyPng(256, 256, (x, y) => (x > 96 && x < 160 && y > 96 && y < 160 ? 255 : 0));
const call = { signal: new AbortController().signal, hide: [] };
const inlined = (bytes: Uint8Array) => ({
  url: () => Promise.reject(new Error("unreachable")),
  bytes: async () => bytes,
});

/** Inline, so that these tests need no server of pictures. */
const request: ProviderRequest = {
  jobId: "job_01",
  attempt: 1,
  model: "modelslab/inpaint",
  operation: "replace",
  prompt: "a red door",
  n: 1,
  providerOptions: {},
  size: { width: 256, height: 256 },
  image: inlined(PHOTO),
  mask: inlined(MASK),
};

async function submitted(bench: Stage, change: Partial<ProviderRequest> = {}) {
  return bench.provider.submit({ ...request, ...change }, call).catch((failure: ProviderFailure) => failure);
}

describe("ModelsLab's own habits", () => {
  const shapes = ["message", "object", "messege", "failed"] as const;
  const refusals = [
    ["bad-request", { code: "provider_rejected", accepted: "no", retryable: false }],
    ["invalid-key", { code: "provider_unavailable", accepted: "no", retryable: false }],
    ["rate-limit", { code: "rate_limited", accepted: "no", retryable: true }],
    ["try-again", { code: "provider_unavailable", accepted: "no", retryable: true }],
    ["server-error", { code: "outcome_unknown", accepted: "unknown", retryable: false }],
    ["unavailable", { code: "outcome_unknown", accepted: "unknown", retryable: false }],
  ] as const;
  const spelled = refusals.flatMap(([refuse, verdict]) => shapes.map((shape) => [refuse, shape, verdict] as const));

  test.each(spelled)("%s means the same as %s, whatever the HTTP status", async (refuse, errorShape, verdict) => {
    await using bench = await stage({}, { inline: true });
    for (const errorStatus of ["ok", "mixed", "real"] as const) {
      bench.simulator.behave({ refuse, errorShape, errorStatus });
    }
    // the first rule is `stage`'s own
    await submitted(bench);
    for (let spelling = 0; spelling < 3; spelling++) expect(await submitted(bench)).toMatchObject(verdict);
  });

  test.each(["data-uri", "bare", "link"] as const)("inline pictures come back as %s", async (base64Form) => {
    await using bench = await stage({ answer: "success", base64Form }, { inline: true });
    const outcome = await submitted(bench);
    const outputs = "outputs" in outcome ? outcome.outputs : [];
    expect(await Promise.all(outputs.map((output) => output.read(call.signal)))).toHaveLength(1);
  });

  test.each(["int", "string"] as const)("work is found again by its %s id", async (ids) => {
    await using bench = await stage(queued, { inline: true, ids });
    const outcome = await submitted(bench);
    await bench.finish();
    const job = "job" in outcome ? outcome.job : undefined;
    expect(await bench.provider.poll?.(job ?? { id: "" }, call)).toMatchObject({ state: "succeeded" });
  });

  test.each(["array", "object"] as const)("a dead link is made up for by the %s of proxies", async (proxyLinks) => {
    await using bench = await stage(
      { answer: "success", proxyLinks, base64Form: "link", links: { output: "expired", proxy: "ok" } },
      { inline: true },
    );
    const outcome = await submitted(bench);
    const [output] = "outputs" in outcome ? outcome.outputs : [];
    expect((await output?.read(call.signal))?.length).toBeGreaterThan(0);
  });

  test("erasing is accepted, and takes every option to its edge", async () => {
    await using bench = await stage({ answer: "success" }, { inline: true });
    const { prompt: _, ...wordless } = request;
    const edges = { n: 4, seed: 4_294_967_295, strength: 0, guidanceScale: 5, steps: 50, negativePrompt: "fog" };
    const providerOptions = { enhancePrompt: true, safetyChecker: true };
    const outcome = await bench.provider.submit({ ...wordless, operation: "erase", ...edges, providerOptions }, call);
    expect(outcome.state === "succeeded" && outcome.outputs).toHaveLength(4);
  });

  test("a success without pictures is still being worked on", async () => {
    await using bench = await stage({ ...queued, fetch: ["success-empty"] }, { inline: true });
    const outcome = await submitted(bench);
    await bench.finish();
    const job = "job" in outcome && outcome.job !== undefined ? outcome.job : { id: "" };
    expect(await bench.provider.poll?.(job, call)).toEqual({ state: "processing" });
    expect(await bench.provider.poll?.(job, call)).toMatchObject({ state: "succeeded" });
  });
});
