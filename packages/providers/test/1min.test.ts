import type { ModelRecord, PollOutcome, ProviderFailure, ProviderRequest, SubmitOutcome } from "@infill/core";
import { checkOptions } from "@infill/core";
import { createHttp } from "@infill/providers/http";
import { type Bench, type BenchOptions, CANARY, describeProvider, type Scenario } from "@infill/providers/testing";
import {
  manualTime,
  type OneMinBehaviour,
  type OneMinRefusal,
  type OneMinSimulator,
  startOneMin,
} from "@infill/simulators";
import { describe, expect, test } from "vitest";
import { createOneMin } from "../src/1min/adapter.ts";
import { checkOneMinKey } from "../src/1min/check-key.ts";
import { oneMinModels } from "../src/1min/models.ts";
import { encodeMask, greyPng } from "../src/testing/png.ts";
import { startHttp } from "../src/testing/servers.ts";

const KEY = `${CANARY}-key-0123456789`;
const call = { signal: new AbortController().signal, hide: [] };

const RULES: Record<Scenario, OneMinBehaviour | undefined> = {
  succeeds: {},
  queues: {},
  "refuses the request": { refuse: "upstream-400" },
  "refuses the prompt": { refuse: "moderated" },
  "refuses the key": { refuse: "bad-token" },
  "wants money": { refuse: "no-credit" },
  "is rate limited": { refuse: "rate-limit" },
  // the one way to be turned away unharmed that a 5xx can be: before anything was asked for
  "is not ready": { upload: "unavailable" },
  "fails later": { outcome: "failure" },
  moderates: { outcome: "unsafe" },
  "links inside": { links: "redirect-private" },
  "links to a page": { links: "html" },
  "links to garbage": { links: "garbage" },
  "links to an endless file": { links: "oversized" },
  "links to a huge file": { links: "oversized-declared" },
  "links to nothing": { links: "missing" },
  "links to a hanging server": { links: "hang" },
  "links to a cut-off file": { links: "cut-off" },
};

interface Stage extends Bench {
  simulator: OneMinSimulator;
}

async function stage(
  behaviour: OneMinBehaviour = {},
  { async = true, key = KEY, ...options }: Partial<BenchOptions> & { async?: boolean; key?: string } = {},
): Promise<Stage> {
  const { timeoutMs = {}, through = async (url: string) => url } = options;
  const simulator = await startOneMin({ keys: [KEY], time: manualTime(), behaviour });
  const http = createHttp({ allowLoopback: true });
  const deps = {
    http,
    key: async () => key,
    baseUrl: await through(simulator.url),
    timeoutMs,
  };
  return {
    simulator,
    provider: createOneMin(deps, { async, assetBase: simulator.url }),
    taken: () => simulator.works.length,
    whenTaken: () => simulator.until(() => simulator.works.length > 0),
    async finish() {
      await Promise.all(simulator.works.map(({ id }) => simulator.release(id)));
    },
    async [Symbol.asyncDispose]() {
      // unknown fields are ignored in silence there, and must not be sent
      expect(simulator.works.flatMap(({ ignored }) => ignored)).toEqual([]);
      await http.close();
      await simulator.close();
    },
  };
}

const modelOf = (name: string): ModelRecord =>
  oneMinModels.find(({ id }) => id === `1min/${name}`) ?? expect.fail(`there is no ${name}`);

const contract = (name: string, { async, side, lacks }: { async: boolean; side: number; lacks: Scenario[] }) =>
  describeProvider(`1min.ai's ${name}`, {
    model: modelOf(name),
    side,
    pays: (path) => path === "/api/features",
    ...(async ? { asks: (path: string) => path.startsWith("/api/results/") } : {}),
    async bench(scenario, options) {
      const rule = RULES[scenario];
      return rule === undefined || lacks.includes(scenario) ? undefined : stage(rule, { ...options, async });
    },
  });

// only Ideogram's own answer, which says so, is passed on
contract("ideogram-3", { async: true, side: 512, lacks: [] });
contract("gpt-image-1-mini", { async: true, side: 1024, lacks: ["moderates"] });
contract("stable-image", { async: false, side: 256, lacks: ["queues", "moderates"] });

const SIDE = 64;
const PHOTO = greyPng(SIDE, SIDE, (x) => x);
const picture = (bytes: Uint8Array) => ({
  url: () => Promise.reject(new Error("it is uploaded")),
  bytes: async () => bytes,
});

const requestFor = (name: string, change: Partial<ProviderRequest> = {}): ProviderRequest => ({
  jobId: "job_01",
  attempt: 1,
  model: `1min/${name}`,
  operation: "replace",
  prompt: "replace a red banana",
  n: 1,
  providerOptions: {},
  size: { width: SIDE, height: SIDE },
  image: picture(PHOTO),
  mask: picture(encodeMask(modelOf(name).mask.convention, SIDE, (x) => x > 30)),
  ...change,
});
const ideogram = requestFor("ideogram-3");

const submitted = ({ provider }: Stage, request: ProviderRequest): Promise<SubmitOutcome | ProviderFailure> =>
  provider.submit(request, call).catch((failure: ProviderFailure) => failure);

/** Submits, lets the work end, and asks. */
async function carriedOut(bench: Stage, request: ProviderRequest): Promise<PollOutcome | SubmitOutcome> {
  const outcome = await bench.provider.submit(request, call);
  if (outcome.state !== "accepted") return outcome;
  await bench.finish();
  return (await bench.provider.poll?.(outcome.job, call)) ?? expect.fail("it can be asked");
}

async function readAll(outcome: PollOutcome | SubmitOutcome): Promise<number[]> {
  if (outcome.state !== "succeeded") return expect.fail("it should have succeeded");
  return Promise.all(outcome.outputs.map(async (output) => (await output.read(call.signal)).length));
}

/** The body of the one paid request, with the vendor's asset keys by what was uploaded under them. */
function featureOf({ simulator }: Stage): unknown {
  const [sent, ...more] = simulator.requests.filter(({ path }) => path === "/api/features");
  expect(more).toEqual([]);
  return JSON.parse(JSON.stringify(sent?.body).replace(/development\/images\/[\d_]+_job_01-1-([\w-]+\.\w+)/g, "<$1>"));
}

describe("what is sent, field for field", () => {
  // by the example of each model's page, but for the paths
  const cases: [string, Partial<ProviderRequest>, object][] = [
    [
      "stable-image",
      {},
      {
        imageUrl: "<image.png>",
        maskUrl: "<mask.png>",
        prompt: "replace a red banana",
        output_format: "jpeg",
      },
    ],
    ...["gpt-image-1-mini", "gpt-image-1"].map((name): [string, Partial<ProviderRequest>, object] => [
      name,
      {
        prompt: "modern pendant light with brushed metal finish, LED bulbs, contemporary design",
        size: { width: 1024, height: 1024 },
        quality: "medium",
      },
      {
        imageUrl: "<image.png>",
        maskUrl: "<mask.png>",
        prompt: "modern pendant light with brushed metal finish, LED bulbs, contemporary design",
        size: "1024x1024",
        n: 1,
        quality: "medium",
        output_format: "png",
      },
    ]),
    [
      "gpt-image-2",
      { size: { width: 1536, height: 640 }, n: 2, quality: "high", providerOptions: { outputFormat: "webp" } },
      {
        imageUrl: "<image.png>",
        maskUrl: "<mask.png>",
        prompt: "replace a red banana",
        size: "1536x640",
        n: 2,
        quality: "high",
        output_format: "webp",
      },
    ],
    [
      "ideogram-3",
      { prompt: "A dog wearing a cowboy hat" },
      {
        prompt: "A dog wearing a cowboy hat",
        imageUrl: "<image.png>",
        maskUrl: "<mask.png>",
        num_images: 1,
        rendering_speed: "DEFAULT",
        magic_prompt: "AUTO",
        style_type: "AUTO",
      },
    ],
  ];

  test.each(cases)("%s, to be waited for", async (name, change, promptObject) => {
    await using bench = await stage({}, { async: false });
    await bench.provider.submit(requestFor(name, change), call);
    expect(featureOf(bench)).toEqual({ type: "IMAGE_INPAINTER", model: name, promptObject });
  });

  test.each(cases)("%s, to be asked after", async (name, change, promptObject) => {
    await using bench = await stage();
    await bench.provider.submit(requestFor(name, change), call);
    expect(featureOf(bench)).toEqual({ type: "IMAGE_INPAINTER", model: name, promptObject, async: true });
  });

  test("everything that Ideogram takes, references in the order given and under their own extension", async () => {
    await using bench = await stage();
    const jpeg = { ...picture(PHOTO), contentType: "image/jpeg" as const };
    const png = { ...picture(PHOTO), contentType: "image/png" as const };
    await bench.provider.submit(
      {
        ...ideogram,
        n: 2,
        seed: 0,
        negativePrompt: "fog",
        providerOptions: { renderingSpeed: "TURBO", magicPrompt: "ON", styleType: "AUTO" },
        references: { styleReferenceImages: [jpeg, png], characterReferenceImages: [png] },
      },
      call,
    );
    expect(featureOf(bench)).toMatchObject({
      promptObject: {
        prompt: "replace a red banana",
        imageUrl: "<image.png>",
        maskUrl: "<mask.png>",
        num_images: 2,
        rendering_speed: "TURBO",
        magic_prompt: "ON",
        style_type: "AUTO",
        style_reference_images: ["<styleReferenceImages-0.jpeg>", "<styleReferenceImages-1.png>"],
        character_reference_images: ["<characterReferenceImages-0.png>"],
        negative_prompt: "fog",
        seed: 0,
      },
    });
    expect(bench.simulator.works[0]?.photo).toEqual(new Uint8Array(PHOTO));
  });

  test("an upload is one file under `asset`, with the key in its own header", async () => {
    await using bench = await stage();
    await bench.provider.submit(requestFor("stable-image"), call);
    const uploads = bench.simulator.requests.filter(({ path }) => path === "/api/assets");
    expect(uploads.map(({ body }) => body)).toEqual([
      { asset: { type: "image/png", bytes: expect.any(Number) } },
      { asset: { type: "image/png", bytes: expect.any(Number) } },
    ]);
    expect(bench.simulator.requests.every(({ headers }) => "api-key" in headers)).toBe(true);
  });

  test("to erase: the recorded prompt where there is none, and nothing made up around it", async () => {
    await using bench = await stage();
    const { prompt: _, ...wordless } = ideogram;
    await bench.provider.submit({ ...wordless, operation: "erase" }, call);
    expect(featureOf(bench)).toMatchObject({
      promptObject: { prompt: expect.stringMatching(/^empty background/), magic_prompt: "OFF" },
    });
  });

  test.each<[string, { key?: string }, Partial<ProviderRequest>, string]>([
    ["without a key", { key: "" }, {}, "provider_unavailable"],
    ["without a prompt", {}, { prompt: "" }, "invalid_request"],
    ["for a model it does not have", {}, { model: "1min/other" }, "invalid_request"],
    [
      "when a picture cannot be read",
      {},
      { mask: { ...picture(PHOTO), bytes: () => Promise.reject(new Error()) } },
      "internal",
    ],
  ])("nothing is bought %s", async (_what, options, change, code) => {
    await using bench = await stage({}, options);
    expect(await submitted(bench, { ...ideogram, ...change })).toMatchObject({ code, accepted: "no" });
    expect(bench.simulator.requests.some(({ path }) => path === "/api/features")).toBe(false);
  });
});

describe("what a refusal means", () => {
  const REJECTED = { code: "provider_rejected", accepted: "no", charged: "no", retryable: false };
  const UNKNOWN = { code: "outcome_unknown", accepted: "unknown", charged: "unknown", retryable: false };
  const OURS = { code: "provider_unavailable", accepted: "no", charged: "no", retryable: false };
  const BUSY = { code: "rate_limited", accepted: "no", charged: "no", retryable: true };

  const meanings: Record<OneMinRefusal, object> = {
    "bad-token": OURS,
    "missing-fields": { ...REJECTED, message: expect.stringContaining("prompt: prompt is required") },
    "unsupported-model": REJECTED,
    "upstream-400": { ...REJECTED, message: expect.stringMatching(/maker answered 400: Invalid size/) },
    "upstream-401": OURS,
    "upstream-402": OURS,
    "upstream-403": OURS,
    "upstream-429": { ...OURS, message: expect.stringContaining("its maker refused any more") },
    "upstream-500": UNKNOWN,
    "upstream-silent": UNKNOWN,
    moderated: { code: "content_rejected", accepted: "no", charged: "no", retryable: false },
    "moderated-by-policy": { code: "content_rejected", accepted: "no", charged: "no", retryable: false },
    unknown: UNKNOWN,
    "no-code": UNKNOWN,
    "no-credit": OURS,
    "no-credit-in-words": OURS,
    "rate-limit": BUSY,
    "rate-limit-in-words": BUSY,
    unavailable: UNKNOWN,
    "timed-out": UNKNOWN,
  };
  test.each(Object.entries(meanings) as [OneMinRefusal, object][])("of the work: %s", async (refuse, meaning) => {
    await using bench = await stage({ refuse });
    expect(await submitted(bench, ideogram)).toMatchObject(meaning);
    expect(bench.taken()).toBe(0);
  });

  const LATER = { ...OURS, retryable: true };
  test.each<[NonNullable<OneMinBehaviour["upload"]>, object]>([
    ["bad-token", OURS],
    ["no-credit", OURS],
    ["no-code", REJECTED],
    ["unknown", REJECTED],
    ["rate-limit", BUSY],
    ["unavailable", LATER],
    ["timed-out", LATER],
    ["nothing", LATER],
  ])("of an upload, which is free: %s", async (upload, meaning) => {
    await using bench = await stage({ upload });
    expect(await submitted(bench, ideogram)).toMatchObject(meaning);
    expect(bench.simulator.requests.every(({ path }) => path === "/api/assets")).toBe(true);
  });

  test("an upload whose answer is lost took no work: it may be tried again", async () => {
    await using vendor = await startHttp((incoming) => incoming.socket.resetAndDestroy());
    await using bench = await stage({}, { through: async () => vendor.origin });
    expect(await submitted(bench, ideogram)).toMatchObject(LATER);
  });

  test.each(["key", "location"] as const)("an upload may be named by its %s alone", async (upload) => {
    await using bench = await stage({ upload });
    expect(await submitted(bench, ideogram)).toMatchObject({ state: "accepted" });
  });
});

describe("work that was taken", () => {
  test("may be finished at once, though it was to be asked after", async () => {
    await using bench = await stage({ answer: "success" });
    const outcome = await bench.provider.submit(ideogram, call);
    expect(outcome).toMatchObject({ state: "succeeded", job: { id: bench.simulator.works[0]?.id } });
    expect(await readAll(outcome)).toEqual([expect.any(Number)]);
  });

  test("is under way while it cannot be seen yet", async () => {
    await using bench = await stage({ unseen: 1 });
    expect(await carriedOut(bench, ideogram)).toEqual({ state: "processing" });
    const [work] = bench.simulator.works;
    expect(await bench.provider.poll?.({ id: work?.id ?? "" }, call)).toMatchObject({ state: "succeeded" });
  });

  test("cannot be asked after without its uuid", async () => {
    await using bench = await stage({ answer: "unnamed" });
    expect(await submitted(bench, ideogram)).toMatchObject({ code: "outcome_unknown", accepted: "unknown" });
  });

  test("is kept by its uuid alone: nothing of the account, no link", async () => {
    await using bench = await stage();
    const outcome = await bench.provider.submit(ideogram, call);
    expect(outcome).toEqual({ state: "accepted", job: { id: bench.simulator.works[0]?.id } });
    await bench.finish();
    const polled = await bench.provider.poll?.({ id: bench.simulator.works[0]?.id ?? "" }, call);
    expect(JSON.stringify([outcome, polled])).not.toMatch(/team|user|credit|Alex|Amz/i);
  });

  test.each([true, false])("has failed when its record says so (async: %s)", async (async) => {
    await using bench = await stage({ outcome: "failure" }, { async });
    const told = await carriedOut(bench, ideogram).catch((failure: ProviderFailure) => failure);
    const failure = "state" in told && told.state === "failed" ? told.failure : told;
    expect(failure).toMatchObject({
      code: "provider_rejected",
      accepted: "yes",
      charged: "unknown",
      message: expect.stringContaining("could not be generated"),
    });
  });

  test("has failed when it succeeded without a picture", async () => {
    await using bench = await stage({ outcome: "empty" });
    expect(await carriedOut(bench, requestFor("stable-image"))).toMatchObject({
      state: "failed",
      failure: { code: "provider_rejected", accepted: "yes" },
    });
  });

  test.each(["unknown", "bad-token", "timed-out", "rate-limit"] as const)(
    "lives on when a question meets %s",
    async (what) => {
      await using vendor = await startHttp((_incoming, response) => response.writeHead(STATUS[what]).end("{}"));
      await using bench = await stage({}, { through: async () => vendor.origin });
      const asked = bench.provider.poll?.({ id: "e40dd9ef" }, call).catch((failure: ProviderFailure) => failure);
      expect(await asked).toMatchObject({ accepted: "yes", retryable: what !== "bad-token" });
    },
  );
  const STATUS = { unknown: 400, "bad-token": 401, "timed-out": 522, "rate-limit": 429 };
});

describe("pictures", () => {
  const two = requestFor("gpt-image-2", { n: 2, size: { width: 1024, height: 640 } });

  test.each(["record", "root"] as const)("the first is where `temporaryUrl` leads, in the %s", async (temporaryUrl) => {
    await using bench = await stage({ temporaryUrl, others: "none" });
    expect(await readAll(await carriedOut(bench, requestFor("stable-image")))).toHaveLength(1);
  });

  test("Ideogram's own link serves where there is no other", async () => {
    await using bench = await stage({ temporaryUrl: "absent" });
    expect(await readAll(await carriedOut(bench, { ...ideogram, n: 2 }))).toHaveLength(2);
  });

  test.each(["assets", "bucket", "links"] as const)("the others are found by way of %s", async (others) => {
    await using bench = await stage({ others });
    expect(await readAll(await carriedOut(bench, two))).toHaveLength(2);
  });

  test("in a simulation the others are the simulator's own", async () => {
    await using bench = await stage();
    const http = createHttp({ allowLoopback: true });
    const provider = createOneMin({ http, key: async () => KEY, baseUrl: bench.simulator.url, simulated: true });
    expect(await readAll(await carriedOut({ ...bench, provider }, two))).toHaveLength(2);
    expect(provider.simulated).toBe(true);
    await http.close();
  });

  test("one that cannot be found fails alone", async () => {
    await using bench = await stage({ others: "none" });
    const outcome = await carriedOut(bench, two);
    const [first, second] = outcome.state === "succeeded" ? outcome.outputs : [];
    expect((await first?.read(call.signal))?.length).toBeGreaterThan(0);
    await expect(second?.read(call.signal)).rejects.toMatchObject({ accepted: "yes" });
  });

  test("of several, those that moderation let through are given", async () => {
    await using bench = await stage({ outcome: "one-unsafe" });
    expect(await readAll(await carriedOut(bench, { ...ideogram, n: 3 }))).toHaveLength(2);
  });

  test.each([true, false])("none are given where it let none through (async: %s)", async (async) => {
    await using bench = await stage({ outcome: "unsafe" }, { async });
    const told = await carriedOut(bench, ideogram).catch((failure: ProviderFailure) => failure);
    const failure = "state" in told && told.state === "failed" ? told.failure : told;
    expect(failure).toMatchObject({ code: "content_rejected", accepted: "yes", retryable: false });
  });
});

describe("what Ideogram's options ask of each other", () => {
  const id = "ast_00000000000000000000000000";
  const refusedAt = (providerOptions: Record<string, unknown>): (string | undefined)[] => {
    try {
      checkOptions(modelOf("ideogram-3"), {
        operation: "replace",
        prompt: "a dog",
        model: "1min/ideogram-3",
        n: 1,
        providerOptions,
        edit: { crop: "auto", maskConvention: "white" },
        metadata: {},
      } as Parameters<typeof checkOptions>[1]);
      return [];
    } catch (error) {
      return (error as ProviderFailure).options.errors?.map(({ pointer }) => pointer) ?? [];
    }
  };

  test.each<[string, Record<string, unknown>, string[]]>([
    ["a preset and references", { stylePreset: "AURA", styleReferenceImages: [id] }, ["styleReferenceImages"]],
    ["a preset and another type", { stylePreset: "AURA", styleType: "FICTION" }, ["styleType"]],
    ["a preset and GENERAL", { stylePreset: "AURA", styleType: "GENERAL" }, []],
    ["references and another type", { styleReferenceImages: [id], styleType: "DESIGN" }, ["styleType"]],
    ["a character and GENERAL", { characterReferenceImages: [id], styleType: "GENERAL" }, ["styleType"]],
    ["a character and FICTION", { characterReferenceImages: [id], styleType: "FICTION" }, []],
    ["a character in a FLASH", { characterReferenceImages: [id], renderingSpeed: "FLASH" }, ["renderingSpeed"]],
    ["two characters", { characterReferenceImages: [id, id] }, ["characterReferenceImages"]],
    ["transparency", { transparent: true }, ["transparent"]],
  ])("%s", (_what, providerOptions, refused) => {
    expect(refusedAt(providerOptions)).toEqual(refused.map((option) => `/providerOptions/${option}`));
  });
});

describe("the question that tells a good key from a bad one", () => {
  const verdict = async (url: string, key: string) => {
    const http = createHttp({ allowLoopback: true });
    return checkOneMinKey({ http, key: async () => key, baseUrl: url }).finally(() => http.close());
  };

  test("buys nothing", async () => {
    await using bench = await stage();
    expect(await verdict(bench.simulator.url, KEY)).toEqual({ key: "works", says: "1min.ai takes it" });
    expect(await verdict(bench.simulator.url, "mistyped")).toMatchObject({ key: "refused" });
    expect(bench.simulator.requests.every(({ method }) => method === "GET")).toBe(true);
  });

  test.each([200, 522])("proves nothing where anybody is answered %s", async (status) => {
    await using vendor = await startHttp((_incoming, response) => response.writeHead(status).end('{"aiRecord":null}'));
    expect(await verdict(vendor.origin, KEY)).toMatchObject({ key: "unclear" });
  });

  test("proves nothing where nobody answers", async () => {
    const gone = await startHttp(() => {});
    await gone[Symbol.asyncDispose]();
    expect(await verdict(gone.origin, KEY)).toMatchObject({ key: "unclear", says: expect.not.stringContaining(KEY) });
  });
});
