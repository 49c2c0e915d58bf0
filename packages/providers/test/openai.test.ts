import type { ModelRecord, ProviderFailure, ProviderRequest, SubmitOutcome } from "@infill/core";
import { createHttp } from "@infill/providers/http";
import { type Bench, type BenchOptions, CANARY, describeProvider, type Scenario } from "@infill/providers/testing";
import {
  DRIFT_LEVELS,
  manualTime,
  type OpenAiOptions,
  type OpenAiRefusal,
  type OpenAiRule,
  type OpenAiSimulator,
  startOpenAi,
} from "@infill/simulators";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { createOpenAi } from "../src/openai/adapter.ts";
import { checkOpenAiKey } from "../src/openai/check-key.ts";
import { openAiModels } from "../src/openai/models.ts";
import { TOKEN_PRICES } from "../src/openai/prices.ts";
import { encodeMask, greyPng } from "../src/testing/png.ts";
import { startHttp } from "../src/testing/servers.ts";

const KEY = `${CANARY}-key-0123456789`;
const always = Number.POSITIVE_INFINITY;

const RULES: Record<Scenario, OpenAiRule | undefined> = {
  succeeds: {},
  queues: undefined,
  "refuses the request": { refuse: "bad-request" },
  "refuses the prompt": { refuse: "moderation" },
  "refuses the key": { refuse: "invalid-key" },
  "wants money": { refuse: "no-quota" },
  "is rate limited": { refuse: "rate-limit" },
  "is not ready": undefined,
  "fails later": undefined,
  moderates: undefined,
  "links inside": undefined,
  "links to a page": undefined,
  "links to garbage": undefined,
  "links to an endless file": undefined,
  "links to a huge file": undefined,
  "links to nothing": undefined,
  "links to a hanging server": undefined,
  "links to a cut-off file": undefined,
};

interface Stage extends Bench {
  simulator: OpenAiSimulator;
}

async function stage(
  rule: OpenAiRule,
  options: Partial<OpenAiOptions & BenchOptions> & { key?: string } = {},
): Promise<Stage> {
  const { timeoutMs = {}, key = KEY, through = async (url: string) => url, ...simulated } = options;
  const simulator = await startOpenAi({ keys: [KEY], time: manualTime(), ...simulated });
  simulator.behave({ ...rule, times: always });
  const http = createHttp({ allowLoopback: true });
  return {
    simulator,
    provider: createOpenAi({
      http,
      key: async () => key,
      baseUrl: await through(simulator.url),
      timeoutMs,
    }),
    taken: () => simulator.works.length,
    whenTaken: () => simulator.until(() => simulator.works.length > 0),
    finish: async () => {},
    async [Symbol.asyncDispose]() {
      await http.close();
      await simulator.close();
    },
  };
}

function record(id: string): ModelRecord {
  const model = openAiModels.find((each) => each.id === id);
  if (model === undefined) throw new Error(`There is no ${id}`);
  return model;
}

const bench =
  (rules: Record<Scenario, OpenAiRule | undefined>) => async (scenario: Scenario, options: BenchOptions) => {
    const rule = rules[scenario];
    return rule && stage(rule, options);
  };

describeProvider("OpenAI in one answer", {
  model: record("openai/gpt-image-1-mini"),
  side: 1024,
  pays: (path) => path.endsWith("/edits"),
  bench: bench(RULES),
});

describeProvider("OpenAI as a stream", {
  model: record("openai/gpt-image-2"),
  side: 816,
  options: { partialImages: 2 },
  pays: (path) => path.endsWith("/edits"),
  bench: bench({ ...RULES, "fails later": { stream: "failed" }, moderates: { stream: "moderated" } }),
});

const SIDE = 816;
const PHOTO = greyPng(SIDE, SIDE, (x) => x % 256);
const inHole = (x: number, y: number) => x > 300 && x < 500 && y > 300 && y < 500;
const MASK = encodeMask("alpha", SIDE, inHole);
const inlined = (bytes: Uint8Array) => ({
  url: () => Promise.reject(new Error("no vendor is sent a link")),
  bytes: async () => bytes,
});
const signal = new AbortController().signal;

const request: ProviderRequest = {
  jobId: "job_01",
  attempt: 1,
  model: "openai/gpt-image-2.5-flare",
  operation: "replace",
  prompt: "a red door",
  n: 1,
  quality: "low",
  providerOptions: {},
  size: { width: SIDE, height: SIDE },
  image: inlined(PHOTO),
  mask: inlined(MASK),
};
const streaming = { ...request, providerOptions: { partialImages: 3 } };

const submitted = ({ provider }: Pick<Bench, "provider">, change: Partial<ProviderRequest> = {}) =>
  provider.submit({ ...request, ...change }, { signal }).catch((failure: ProviderFailure) => failure);

async function painted(outcome: SubmitOutcome | ProviderFailure): Promise<Uint8Array> {
  if (!("outputs" in outcome)) throw outcome;
  const [output] = outcome.outputs;
  return (await output?.read(signal)) ?? expect.fail("it has no picture");
}

describe("what OpenAI is sent", () => {
  const picture = (bytes: Uint8Array) => ({ type: "image/png", bytes: bytes.length });
  const documented = {
    model: "gpt-image-2.5-flare",
    image: picture(PHOTO),
    mask: picture(MASK),
    prompt: "a red door",
    n: "1",
    size: "816x816",
    quality: "low",
    output_format: "png",
  };

  test("is the documented form, field for field, and no other", async () => {
    await using bench = await stage({});
    await submitted(bench);
    const [sent] = bench.simulator.requests;
    expect(sent).toMatchObject({ method: "POST", path: "/v1/images/edits", body: documented });
    expect(Object.keys(sent?.body ?? {}).toSorted()).toEqual(Object.keys(documented).toSorted());
    const [work] = bench.simulator.works;
    expect(Buffer.from(work?.photo ?? []).equals(PHOTO)).toBe(true);
    expect(Buffer.from(work?.mask ?? []).equals(MASK)).toBe(true);
  });

  test("the end user whom it is for, where there is one", async () => {
    await using bench = await stage({});
    await submitted(bench, { endUser: "hash-of-ann" });
    expect(bench.simulator.requests[0]?.body).toEqual({ ...documented, safety_identifier: "hash-of-ann" });
  });

  test("a stream only where pictures of the work under way are wanted", async () => {
    await using bench = await stage({});
    await submitted(bench, streaming);
    await submitted(bench, { providerOptions: { partialImages: 0 } });
    const [streamed, whole] = bench.simulator.requests;
    expect(streamed?.body).toEqual({ ...documented, stream: "true", partial_images: "3" });
    expect(whole?.body).toEqual(documented);
  });

  test("the fidelity to those that take one, the background, and the prompt that erases", async () => {
    await using bench = await stage({});
    const { prompt: _, ...wordless } = request;
    const size = { width: 1024, height: 1024 };
    const model = "openai/gpt-image-1.5";
    const providerOptions = { inputFidelity: "high", background: "opaque" };
    await bench.provider.submit({ ...wordless, model, size, operation: "erase", providerOptions }, { signal });
    const erase = record(model).erase;
    expect(bench.simulator.requests[0]?.body).toMatchObject({
      model: "gpt-image-1.5",
      prompt: erase?.how === "prompt" ? erase.prompt : "",
      size: "1024x1024",
      input_fidelity: "high",
      background: "opaque",
    });
  });

  test("the medium quality unless another is wanted: what `auto` costs is known too late", async () => {
    await using bench = await stage({});
    const { quality: _, ...plain } = request;
    await bench.provider.submit(plain, { signal });
    expect(bench.simulator.works[0]?.fields).toMatchObject({ quality: "medium" });
  });

  test("paints where the mask is transparent and nowhere else", async () => {
    await using bench = await stage({});
    const raw = await sharp(await painted(await submitted(bench)))
      .raw()
      .toBuffer();
    const off = (x: number, y: number) => Math.abs((raw[(y * SIDE + x) * 3] ?? 0) - (x % 256));
    expect(off(100, 100)).toBeLessThanOrEqual(DRIFT_LEVELS);
    expect(off(700, 400)).toBeLessThanOrEqual(DRIFT_LEVELS);
    expect(Math.max(...[0, 1, 2].map((i) => off(400 + 40 * i, 400)))).toBeGreaterThan(DRIFT_LEVELS);
  });

  test("nothing without a key, or without anything to paint", async () => {
    await using bench = await stage({}, { key: "" });
    expect(await submitted(bench)).toMatchObject({ code: "provider_unavailable", accepted: "no", retryable: false });
    await using keyed = await stage({});
    expect(await submitted(keyed, { prompt: "" })).toMatchObject({ code: "invalid_request", accepted: "no" });
    expect([...bench.simulator.requests, ...keyed.simulator.requests]).toEqual([]);
  });

  test.each(openAiModels.map(({ id }) => id))("%s takes it at every quality that has a price", async (id) => {
    await using bench = await stage({});
    const size = { width: 1024, height: 1024 };
    for (const quality of ["low", "auto"]) {
      expect(await submitted(bench, { model: id, size, quality }), quality).toMatchObject({ state: "succeeded" });
    }
    expect(Object.keys(TOKEN_PRICES)).toContain(id.replace("openai/", ""));
  });
});

describe("what OpenAI refuses", () => {
  const refusal = (change: Partial<OpenAiRefusal>): OpenAiRule => ({
    refuse: { status: 400, type: "invalid_request_error", code: null, message: "No.", ...change },
  });
  const takenBy = { accepted: "no", charged: "no" } as const;
  const table: [string, OpenAiRule, Partial<ProviderFailure>][] = [
    ["moderation", { refuse: "moderation" }, { code: "content_rejected", ...takenBy, retryable: false }],
    ["moderation by its type alone", { refuse: "moderation-bare" }, { code: "content_rejected", ...takenBy }],
    ["moderation by its code alone", refusal({ code: "moderation_blocked" }), { code: "content_rejected", ...takenBy }],
    ["a policy", refusal({ code: "content_policy_violation" }), { code: "content_rejected", ...takenBy }],
    [
      "a picture, under the type of moderation",
      refusal({ type: "image_generation_user_error", code: "invalid_image_file" }),
      { code: "provider_rejected", ...takenBy, retryable: false },
    ],
    ["an unknown parameter", refusal({ code: "unknown_parameter" }), { code: "provider_rejected", ...takenBy }],
    ["a body too large", refusal({ status: 413 }), { code: "provider_rejected", ...takenBy }],
    ["the key", { refuse: "invalid-key" }, { code: "provider_unavailable", ...takenBy, retryable: false }],
    ["the organisation", { refuse: "forbidden" }, { code: "provider_unavailable", ...takenBy, retryable: false }],
    ["the model", { refuse: "no-such-model" }, { code: "provider_unavailable", ...takenBy, retryable: false }],
    ["more requests", { refuse: "rate-limit" }, { code: "rate_limited", ...takenBy, retryable: true }],
    ["for want of quota", { refuse: "no-quota" }, { code: "provider_unavailable", ...takenBy, retryable: false }],
    ["for its hard limit", { refuse: "no-budget" }, { code: "provider_unavailable", ...takenBy, retryable: false }],
    ["nothing, but fails", { refuse: "server-error" }, { code: "outcome_unknown", accepted: "unknown" }],
    ["nothing, but is overloaded", { refuse: "overloaded" }, { code: "outcome_unknown", accepted: "unknown" }],
    ["too late", refusal({ status: 408 }), { code: "outcome_unknown", accepted: "unknown" }],
  ];

  test.each(table)("%s", async (_, rule, expected) => {
    await using bench = await stage(rule);
    expect(await submitted(bench)).toMatchObject(expected);
    expect(await submitted(bench, streaming), "before a stream").toMatchObject(expected);
    // never again, whatever `x-should-retry` says
    expect(bench.simulator.requests).toHaveLength(2);
  });

  const told = ["moderation", "moderation-bare", "bad-request", "rate-limit", "no-quota", "server-error"] as const;
  test.each(told)("%s means the same as the first event of a stream", async (refuse) => {
    await using bench = await stage({ refuse });
    const { code, accepted, charged, retryable } = (await submitted(bench)) as ProviderFailure;
    await using streamed = await stage({ refuse, refuseInStream: true });
    expect(await submitted(streamed, streaming)).toMatchObject({ code, accepted, charged, retryable });
  });

  test("says how long to wait to the millisecond, where it can", async () => {
    await using bench = await stage({ refuse: "rate-limit" });
    expect(await submitted(bench)).toMatchObject({ options: { retryAfterSeconds: 12 } });
    await using hasty = await stage(
      refusal({ status: 429, headers: { "retry-after-ms": "1500", "retry-after": "60" } }),
    );
    expect(await submitted(hasty)).toMatchObject({ options: { retryAfterSeconds: 2 } });
  });

  test("a model that has ended", async () => {
    await using bench = await stage({}, { time: manualTime(Date.parse("2026-12-01")) });
    const size = { width: 1024, height: 1024 };
    const ended = await submitted(bench, { model: "openai/gpt-image-1.5", size });
    expect(ended).toMatchObject({ code: "provider_unavailable", accepted: "no", retryable: false });
    expect(await submitted(bench)).toMatchObject({ state: "succeeded" });
  });

  test.each<[string, Partial<ProviderRequest>]>([
    ["a size that is no multiple of 16", { size: { width: 1025, height: 1024 } }],
    ["too small a size", { size: { width: 640, height: 640 } }],
    ["a free size of a model with three", { model: "openai/gpt-image-1-mini" }],
    ["fidelity of a model that has none", { providerOptions: { inputFidelity: "low" } }],
    ["eleven results", { n: 11 }],
    ["a mask without alpha", { mask: inlined(greyPng(SIDE, SIDE, () => 255)) }],
    ["a mask of another size", { mask: inlined(encodeMask("alpha", 256, inHole)) }],
    [
      "a transparent background of gpt-image-2",
      { model: "openai/gpt-image-2", providerOptions: { background: "transparent" } },
    ],
  ])("%s", async (_, change) => {
    await using bench = await stage({});
    expect(await submitted(bench, change)).toMatchObject({ code: "provider_rejected", accepted: "no" });
    expect(bench.simulator.works).toEqual([]);
  });
});

describe("OpenAI's stream", () => {
  test("shows each picture of the work under way, then the result", async () => {
    await using bench = await stage({});
    const shown: [number, string | undefined][] = [];
    const onProgress = (progress: number, preview?: Uint8Array) =>
      void shown.push([progress, preview && Buffer.from(preview.subarray(1, 4)).toString()]);
    const outcome = await bench.provider.submit(streaming, { signal, onProgress });
    expect(shown).toEqual([0.25, 0.5, 0.75].map((progress) => [progress, "PNG"]));
    expect((await sharp(await painted(outcome)).metadata()).width).toBe(SIDE);
  });

  test("of two results counts what is done", async () => {
    await using bench = await stage({});
    const shown: number[] = [];
    const change = { ...request, n: 2, providerOptions: { partialImages: 1 } };
    const outcome = await bench.provider.submit(change, {
      signal,
      onProgress: (progress) => void shown.push(progress),
    });
    expect(shown).toEqual([0.25, 0.75]);
    expect("outputs" in outcome && outcome.outputs).toHaveLength(2);
  });

  test.each([
    ["that ends without a result is lost", "cut-short", { code: "outcome_unknown", accepted: "unknown" }],
    ["that fails once begun was taken", "failed", { code: "provider_rejected", accepted: "yes", charged: "unknown" }],
    ["that is moderated once begun was taken", "moderated", { code: "content_rejected", accepted: "yes" }],
  ] as const)("%s", async (_, stream, expected) => {
    await using bench = await stage({ stream });
    expect(await submitted(bench, streaming)).toMatchObject(expected);
  });

  test("that breaks after a result has still given it", async () => {
    await using bench = await stage({});
    await using breaking = await startHttp(async (incoming, response) => {
      const body = Buffer.concat(await incoming.toArray());
      const { headers } = incoming;
      const answer = await fetch(`${bench.simulator.url}${incoming.url}`, {
        method: "POST",
        headers: { authorization: String(headers.authorization), "content-type": String(headers["content-type"]) },
        body,
      });
      const bytes = Buffer.from(await answer.arrayBuffer());
      response.writeHead(200, { "content-type": "text/event-stream", "content-length": bytes.length + 1 });
      response.write(bytes, () => incoming.socket.destroy());
    });
    const http = createHttp({ allowLoopback: true });
    const provider = createOpenAi({ http, key: async () => KEY, baseUrl: breaking.origin });
    const outcome = await submitted({ provider }, streaming);
    await http.close();
    expect((await painted(outcome)).length).toBeGreaterThan(0);
  });
});

describe("what OpenAI says the work took", () => {
  test("is told in its own tokens, and what they cost", async () => {
    await using bench = await stage({});
    const change = { model: "openai/gpt-image-1-mini", size: { width: 1024, height: 1024 }, n: 2 };
    expect(await submitted(bench, change)).toMatchObject({
      usage: {
        units: {
          input_tokens: 649,
          input_image_tokens: 646,
          input_text_tokens: 3,
          output_tokens: 544,
          total_tokens: 1193,
        },
        // 646 × 2.5 + 3 × 2 + 544 × 8
        costMicroUsd: 5973,
      },
    });
  });

  test("adds up over the results of a stream", async () => {
    await using bench = await stage({});
    const once = await submitted(bench, streaming);
    const twice = await submitted(bench, { ...streaming, n: 2 });
    const costOf = (outcome: typeof once) => ("usage" in outcome ? outcome.usage?.costMicroUsd : undefined) ?? 0;
    expect(costOf(once)).toBeGreaterThan(0);
    expect(costOf(twice)).toBe(2 * costOf(once));
  });

  test("costs nothing that is known where it is told coarsely, or not at all", async () => {
    await using coarse = await stage({ usage: "coarse" });
    const outcome = await submitted(coarse);
    expect("usage" in outcome && outcome.usage).toEqual({
      units: { input_tokens: 649, output_tokens: 128, total_tokens: 777 },
    });
    await using silent = await stage({ usage: "absent" });
    expect(await submitted(silent)).not.toHaveProperty("usage");
    expect(await submitted(silent, streaming)).not.toHaveProperty("usage");
  });
});

describe("OpenAI's key", () => {
  test("is checked by a question that costs nothing", async () => {
    await using simulator = await startOpenAi({ keys: [KEY] });
    const http = createHttp({ allowLoopback: true });
    const verdict = (key: string, baseUrl = simulator.url) => checkOpenAiKey({ http, key: async () => key, baseUrl });
    expect(await verdict(KEY)).toMatchObject({ key: "works" });
    expect(await verdict("another")).toMatchObject({ key: "refused" });
    expect(simulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(Array(2).fill("GET /v1/models"));
    await using page = await startHttp((_, response) => response.end("<html>Welcome to the hotel</html>"));
    expect(await verdict(KEY, page.origin)).toMatchObject({ key: "unclear" });
    expect(await verdict(KEY, "http://127.0.0.1:1")).toMatchObject({ key: "unclear" });
    await http.close();
  });

  test("the list says when a model ends, and leaves out those that have", async () => {
    const time = manualTime(Date.parse("2026-11-25"));
    await using simulator = await startOpenAi({ keys: [KEY], time });
    const list = async () => {
      const answer = await fetch(`${simulator.url}/v1/models`, { headers: { authorization: `Bearer ${KEY}` } });
      return ((await answer.json()) as { data: { id: string; shutdown_date?: string }[] }).data;
    };
    for (const { id, shutdownAt } of openAiModels) {
      const listed = (await list()).find((each) => `openai/${each.id}` === id);
      expect(listed?.shutdown_date, id).toBe(shutdownAt);
    }
    time.advance(Date.parse("2026-12-01") - time.now());
    const left = (await list()).map(({ id }) => `openai/${id}`);
    for (const { successor } of openAiModels) if (successor !== undefined) expect(left).toContain(successor);
    expect(left).not.toContain("openai/gpt-image-1-mini");
  });
});
