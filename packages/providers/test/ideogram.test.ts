import type { ProviderFailure, ProviderReference, ProviderRequest } from "@infill/core";
import { loadProvider } from "@infill/providers";
import { createHttp } from "@infill/providers/http";
import { type Bench, type BenchOptions, CANARY, describeProvider, type Scenario } from "@infill/providers/testing";
import { startHttp } from "@infill/providers/testing/servers";
import {
  type IdeogramBehaviour,
  type IdeogramRefusal,
  type IdeogramSimulator,
  manualTime,
  startIdeogram,
} from "@infill/simulators";
import sharp from "sharp";
import { describe, expect, onTestFinished, test } from "vitest";
import { ideogramModels } from "../src/ideogram/models.ts";
import { encodeMask, greyPng } from "../src/testing/png.ts";

const [model] = ideogramModels;
if (model === undefined) throw new Error("Ideogram has a model");
const KEY = `${CANARY}-key-0123456789`;
const { create, checkKey } = await loadProvider("ideogram");

const RULES: Record<Scenario, IdeogramBehaviour | undefined> = {
  succeeds: {},
  queues: undefined,
  "refuses the request": { refuse: "bad-request" },
  "refuses the prompt": { refuse: "unsafe-prompt" },
  "refuses the key": { refuse: "invalid-key" },
  "wants money": { refuse: "no-funds" },
  "is rate limited": { refuse: "inflight-limit" },
  "is not ready": undefined,
  "fails later": { answer: "empty" },
  moderates: { answer: "unsafe" },
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
  simulator: IdeogramSimulator;
}

async function stage(
  behaviour: IdeogramBehaviour,
  { timeoutMs = {}, through = async (url: string) => url }: Partial<BenchOptions> = {},
): Promise<Stage> {
  const simulator = await startIdeogram({ keys: [KEY], time: manualTime(), behaviour });
  const http = createHttp({ allowLoopback: true });
  return {
    simulator,
    provider: create({
      http,
      key: async () => KEY,
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

describeProvider("Ideogram", {
  model,
  pays: (path) => path === "/v1/ideogram-v3/inpaint",
  async bench(scenario, options) {
    const rule = RULES[scenario];
    return rule && stage(rule, options);
  },
});

const SIDE = 64;
const PHOTO = greyPng(SIDE, SIDE, (x) => x);
const MASK = encodeMask("black", SIDE, (x, y) => x > 16 && x < 48 && y > 16 && y < 48);
const PROMPT = `a ${CANARY} in a cage`;
const call = { signal: new AbortController().signal };
const picture = (bytes: Uint8Array) => ({
  url: () => Promise.reject(new Error("unreachable")),
  bytes: async () => bytes,
});

const request: ProviderRequest = {
  jobId: "job_01",
  attempt: 1,
  model: "ideogram/inpaint-3",
  operation: "replace",
  prompt: PROMPT,
  n: 1,
  providerOptions: {},
  size: { width: SIDE, height: SIDE },
  image: picture(PHOTO),
  mask: picture(MASK),
};

async function failureOf(work: Promise<unknown>) {
  const error = await work.then(
    () => expect.fail("it should have failed"),
    (thrown: ProviderFailure) => thrown,
  );
  expect(error.name, String(error)).toBe("ProviderFailure");
  expect(`${error.stack} ${JSON.stringify([error, error.toRecord()])} ${String(error.cause)}`).not.toContain(CANARY);
  const { code, accepted, charged, retryable, message } = error;
  return { code, accepted, charged, retryable, message };
}

/** A vendor that gives this one answer to everything. */
async function answering(status: number, body: string, headers: Record<string, string> = {}) {
  const server = await startHttp((incoming, response) => {
    incoming.resume();
    incoming.on("end", () => response.writeHead(status, headers).end(body));
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server.origin;
}

const http = createHttp({ allowLoopback: true });
const providerAt = (baseUrl: string) => create({ http, key: async () => KEY, baseUrl });

describe("what Ideogram is sent", () => {
  const file = (name: string, bytes: Uint8Array, type = "image/png") => ({
    name,
    type,
    bytes: new Uint8Array(bytes),
  });

  test("the form of its reference, and nothing that was not asked for", async () => {
    await using bench = await stage({});
    await bench.provider.submit(request, call);
    expect(bench.simulator.works.map(({ fields }) => fields)).toEqual([
      { image: file("image.png", PHOTO), mask: file("mask.png", MASK), prompt: PROMPT, num_images: "1" },
    ]);
    const [{ method, path, headers } = expect.fail("nothing was sent")] = bench.simulator.requests;
    expect([method, path, headers["api-key"]]).toEqual(["POST", "/v1/ideogram-v3/inpaint", "***"]);
    expect(headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
  });

  test("every option under the vendor's own name", async () => {
    await using bench = await stage({});
    await bench.provider.submit(
      {
        ...request,
        n: 8,
        seed: 2_147_483_647,
        providerOptions: {
          renderingSpeed: "QUALITY",
          magicPrompt: "ON",
          stylePreset: "OIL_PAINTING",
          styleType: "GENERAL",
          colorPalette: "EMBER",
        },
      },
      call,
    );
    expect(bench.simulator.works[0]?.fields).toMatchObject({
      num_images: "8",
      seed: "2147483647",
      rendering_speed: "QUALITY",
      magic_prompt: "ON",
      style_preset: "OIL_PAINTING",
      style_type: "GENERAL",
      color_palette: '{"name":"EMBER"}',
    });
  });

  test("references as files of their own type, one field for each", async () => {
    await using bench = await stage({});
    const [jpeg, webp] = await Promise.all([sharp(PHOTO).jpeg().toBuffer(), sharp(PHOTO).webp().toBuffer()]);
    const reference = (bytes: Uint8Array, contentType: ProviderReference["contentType"]): ProviderReference => ({
      ...picture(bytes),
      contentType,
    });
    const ids = ["ast_00000000000000000000000000"];
    await bench.provider.submit(
      {
        ...request,
        providerOptions: {
          styleReferenceImages: ids,
          characterReferenceImages: ids,
          characterReferenceImagesMask: ids,
        },
        references: {
          styleReferenceImages: [reference(jpeg, "image/jpeg"), reference(webp, "image/webp")],
          characterReferenceImages: [reference(PHOTO, "image/png")],
          characterReferenceImagesMask: [reference(MASK, "image/png")],
        },
      },
      call,
    );
    expect(bench.simulator.works[0]?.fields).toMatchObject({
      style_reference_images: [file("style-1.jpg", jpeg, "image/jpeg"), file("style-2.webp", webp, "image/webp")],
      character_reference_images: [file("character-1.png", PHOTO)],
      character_reference_images_mask: [file("character-mask-1.png", MASK)],
    });
  });

  test("style codes one by one", async () => {
    await using bench = await stage({});
    await bench.provider.submit({ ...request, providerOptions: { styleCodes: ["1A2B3C4D", "00ff00ff"] } }, call);
    expect(bench.simulator.works[0]?.fields).toMatchObject({ style_codes: ["1A2B3C4D", "00ff00ff"] });
  });

  test("to erase: the recorded prompt where there is none, and not reworded unless that is asked for", async () => {
    await using bench = await stage({});
    const { prompt: _, ...wordless } = request;
    await bench.provider.submit({ ...wordless, operation: "erase" }, call);
    await bench.provider.submit({ ...request, operation: "erase", providerOptions: { magicPrompt: "AUTO" } }, call);
    expect(bench.simulator.works.map(({ fields }) => fields)).toMatchObject([
      { prompt: expect.stringMatching(/^empty background/), magic_prompt: "OFF" },
      { prompt: PROMPT, magic_prompt: "AUTO" },
    ]);
  });

  test.each<[string, Partial<ProviderRequest>, string]>([
    ["no prompt", { prompt: "" }, "invalid_request"],
    ["a model it does not have", { model: "ideogram/other" }, "invalid_request"],
    ["a picture that cannot be read", { mask: { ...request.mask, bytes: () => Promise.reject("gone") } }, "internal"],
  ])("nothing, with %s", async (_what, change, code) => {
    await using bench = await stage({});
    const failure = await failureOf(bench.provider.submit({ ...request, ...change }, call));
    expect(failure).toMatchObject({ code, accepted: "no", charged: "no" });
    expect(bench.simulator.requests).toEqual([]);
  });

  test("nothing, without a key", async () => {
    const keyless = create({ http, key: async () => "", baseUrl: "http://127.0.0.1:9" });
    const failure = await failureOf(keyless.submit(request, call));
    expect(failure).toMatchObject({ code: "provider_unavailable", accepted: "no", retryable: false });
  });
});

describe("what Ideogram answers", () => {
  const rejected = { code: "provider_rejected", accepted: "no", charged: "no", retryable: false };
  const ours = { code: "provider_unavailable", accepted: "no", charged: "no", retryable: false };
  const unknown = { code: "outcome_unknown", accepted: "unknown", charged: "unknown", retryable: false };

  test.each<[IdeogramRefusal, object]>([
    ["bad-request", { ...rejected, message: "Ideogram refused: Invalid input provided" }],
    ["bad-request-detail", { ...rejected, message: "Ideogram refused: field required" }],
    ["bad-request-bare", { ...rejected, message: "Ideogram refused: Invalid input provided" }],
    ["invalid-key", ours],
    ["no-access", ours],
    ["no-funds", ours],
    ["daily-limit", ours],
    ["unsafe-prompt", { code: "content_rejected", accepted: "no", charged: "no", retryable: false }],
    ["inflight-limit", { code: "rate_limited", accepted: "no", charged: "no", retryable: true }],
    ["server-error", unknown],
    ["unavailable", unknown],
  ])("%s", async (refuse, expected) => {
    await using bench = await stage({ refuse });
    expect(await failureOf(bench.provider.submit(request, call))).toMatchObject(expected);
    expect(bench.taken()).toBe(0);
  });

  test.each<[string, Record<string, string>, number]>([
    ["about as long as a picture takes, where it names no time", {}, 10],
    ["as long as it says, where it does", { "retry-after": "42" }, 42],
  ])("its limit of pictures in progress keeps us away %s", async (_what, headers, seconds) => {
    const ideogram = providerAt(await answering(429, '{"error":"…","reject_reason":"inflight_limit"}', headers));
    const failure = await ideogram.submit(request, call).catch((error: ProviderFailure) => error);
    expect(failure).toMatchObject({ options: { retryAfterSeconds: seconds } });
  });

  const item = (change: object) => ({
    prompt: PROMPT,
    resolution: "1024x1024",
    is_image_safe: true,
    seed: 1,
    url: "https://ideogram.ai/api/images/ephemeral/x.png?exp=1&sig=2",
    ...change,
  });
  const withheld = { code: "content_rejected", accepted: "yes", charged: "yes", retryable: false };
  const pictureless = { code: "provider_rejected", accepted: "yes", charged: "unknown", retryable: false };

  test.each<[string, unknown[], object]>([
    ["withheld, its url null", [item({ is_image_safe: false, url: null })], withheld],
    ["withheld, its url empty", [item({ is_image_safe: false, url: "" })], withheld],
    ["withheld, without a url", [item({ is_image_safe: false, url: undefined })], withheld],
    ["called unsafe, though it has a url", [item({ is_image_safe: false })], withheld],
    ["called safe, and has no url", [item({ url: null })], pictureless],
    ["not there", [], pictureless],
  ])("200 with a picture that is %s, is not a success", async (_what, data, expected) => {
    const ideogram = providerAt(await answering(200, JSON.stringify({ created: "2026-11-20T00:00:00Z", data })));
    expect(await failureOf(ideogram.submit(request, call))).toMatchObject(expected);
  });

  test.each([
    [422, JSON.stringify({ error: `${PROMPT} failed; your key is ${KEY}` })],
    [400, JSON.stringify({ message: `prompt: ${PROMPT}` })],
    [400, JSON.stringify({ error: { message: `prompt: ${PROMPT}` } })],
    [400, "<html>no"],
  ])("%i repeats neither the prompt nor the key: %s", async (status, body) => {
    expect(await failureOf(providerAt(await answering(status, body)).submit(request, call))).toMatchObject({
      accepted: "no",
      charged: "no",
    });
  });

  test.each([
    [200, "{}"],
    [200, '{"data":null}'],
    [200, '{"data":[null]}'],
    [202, '{"generation_id":"x"}'],
    [302, ""],
    [408, ""],
    [504, '{"error":"timeout"}'],
  ])("%i and %s proves nothing", async (status, body) => {
    expect(await failureOf(providerAt(await answering(status, body)).submit(request, call))).toMatchObject(unknown);
  });

  test("of several pictures, those that are safe are given; all are paid for", async () => {
    await using bench = await stage({ answer: "first-unsafe" });
    const outcome = await bench.provider.submit({ ...request, n: 3 }, call);
    const outputs = outcome.state === "succeeded" ? outcome.outputs : [];
    const sizes = await Promise.all(
      outputs.map(async (output) => (await sharp(await output.read(call.signal)).metadata()).width),
    );
    expect(sizes).toEqual([1024, 1024]);
  });

  test("a picture of a listed size comes back at that size", async () => {
    await using bench = await stage({});
    const size = { width: 1536, height: 576 };
    const flat = (grey: number) => picture(greyPng(size.width, size.height, () => grey));
    const outcome = await bench.provider.submit({ ...request, size, image: flat(255), mask: flat(0) }, call);
    const [output] = outcome.state === "succeeded" ? outcome.outputs : [];
    expect(await sharp(await output?.read(call.signal)).metadata()).toMatchObject(size);
    expect(model.sizes).toMatchObject({ kind: "list", sizes: expect.arrayContaining([size]) });
  });

  test("a link that has run out may be tried again, and stays dead", async () => {
    const time = manualTime();
    await using simulator = await startIdeogram({ keys: [KEY], time });
    const outcome = await providerAt(simulator.url).submit(request, call);
    time.advance(3_600_000);
    const [output] = outcome.state === "succeeded" ? outcome.outputs : [];
    const read = output?.read(call.signal) ?? Promise.resolve();
    expect(await failureOf(read)).toMatchObject({ code: "provider_unavailable", accepted: "yes", retryable: true });
  });
});

describe("the record's rules are the vendor's", () => {
  test.each<[string, Record<string, unknown>, readonly string[]]>([
    ["a preset and style references", { stylePreset: "AURA" }, ["styleReferenceImages"]],
    ["a preset in a realistic style", { stylePreset: "AURA", styleType: "REALISTIC" }, []],
    ["style references in a design style", { styleType: "DESIGN" }, ["styleReferenceImages"]],
    ["style codes and a style", { styleCodes: ["1A2B3C4D"], styleType: "AUTO" }, []],
    ["style codes and style references", { styleCodes: ["1A2B3C4D"] }, ["styleReferenceImages"]],
    ["a character at flash speed", { renderingSpeed: "FLASH" }, ["characterReferenceImages"]],
    ["a character in a design style", { styleType: "DESIGN" }, ["characterReferenceImages"]],
    ["a character's mask without the character", {}, ["characterReferenceImagesMask"]],
  ])("it refuses %s, so such a request never gets there", async (_what, providerOptions, named) => {
    await using bench = await stage({});
    const references = Object.fromEntries(
      named.map((name) => [name, [{ ...picture(PHOTO), contentType: "image/png" as const }]]),
    );
    const failure = await failureOf(bench.provider.submit({ ...request, providerOptions, references }, call));
    expect(failure).toMatchObject({ code: "provider_rejected", accepted: "no" });
    const given = new Set([...Object.keys(providerOptions), ...named]);
    const broken = model.constraints?.filter(
      ({ given: name, is, other, needed }) =>
        given.has(name) &&
        (is === undefined || providerOptions[name] === is) &&
        (needed ? !given.has(other) : given.has(other)),
    );
    expect(broken).toHaveLength(1);
  });

  test("a mask with grey in it is refused: it is thresholded before", async () => {
    await using bench = await stage({});
    const grey = greyPng(SIDE, SIDE, (x) => x * 4);
    const failure = await failureOf(bench.provider.submit({ ...request, mask: picture(grey) }, call));
    expect(failure.message).toBe("Ideogram refused: mask must be a black and white image");
    expect(model.mask).toEqual({ convention: "black", soft: false });
  });
});

describe("a key is tried by listing datasets, which makes nothing", () => {
  const ask = async (baseUrl: string, key = KEY) => checkKey?.({ http, key: async () => key, baseUrl });

  test("a good one works, a bad one is refused, and nothing is taken", async () => {
    await using simulator = await startIdeogram({ keys: [KEY] });
    expect(await ask(simulator.url)).toEqual({ key: "works", says: "Ideogram takes it" });
    expect(await ask(simulator.url, "a-bad-key")).toMatchObject({ key: "refused" });
    expect(simulator.works).toEqual([]);
    expect(simulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(Array(2).fill("GET /datasets"));
  });

  test.each([
    [200, "<html>"],
    [200, "{}"],
    [403, '{"error":"no"}'],
    [429, '{"error":"later"}'],
    [500, ""],
  ])("%i and %s proves nothing", async (status, body) => {
    expect(await ask(await answering(status, body))).toMatchObject({ key: "unclear" });
  });

  test("nor does a vendor that is down, or a key that cannot be read", async () => {
    const simulator = await startIdeogram({ keys: [KEY] });
    await simulator.close();
    expect(await ask(simulator.url)).toMatchObject({ key: "unclear", says: expect.stringMatching(/did not answer/) });
    const unreadable = checkKey?.({ http, key: () => Promise.reject(new Error(CANARY)), baseUrl: simulator.url });
    expect(await unreadable).toEqual({ key: "unclear", says: "Ideogram did not answer: it could not be asked" });
  });
});
