import type { ModelRecord, ProviderFailure, ProviderRequest } from "@infill/core";
import { createHttp } from "@infill/providers/http";
import { type Bench, type BenchOptions, CANARY, describeProvider, type Scenario } from "@infill/providers/testing";
import { startHttp } from "@infill/providers/testing/servers";
import {
  manualTime,
  type StabilityBehaviour,
  type StabilityOptions,
  type StabilitySimulator,
  startStability,
} from "@infill/simulators";
import sharp from "sharp";
import { describe, expect, onTestFinished, test } from "vitest";
import { createStability, provider } from "../src/stability/index.ts";
import { stabilityModels } from "../src/stability/models.ts";
import { encodeMask, greyPng } from "../src/testing/png.ts";

const KEY = `${CANARY}-key-0123456789`;
const http = createHttp({ allowLoopback: true });

const BEHAVIOUR: Partial<Record<Scenario, StabilityBehaviour>> = {
  succeeds: {},
  "refuses the request": { refuse: "bad-request" },
  "refuses the prompt": { refuse: "moderation" },
  "refuses the key": { refuse: "unauthorized" },
  "wants money": { refuse: "no-credit" },
  "is rate limited": { refuse: "rate-limit" },
  moderates: { outcome: "filtered" },
};

interface Stage extends Bench {
  simulator: StabilitySimulator;
}

async function stage(
  behaviour: StabilityBehaviour,
  { timeoutMs = {}, through, ...simulated }: Partial<BenchOptions & StabilityOptions> = {},
): Promise<Stage> {
  const simulator = await startStability({
    keys: [KEY],
    time: manualTime(),
    outputPixels: 256 * 256,
    behaviour,
    ...simulated,
  });
  return {
    simulator,
    provider: createStability({
      http,
      key: async () => KEY,
      baseUrl: through === undefined ? simulator.url : await through(simulator.url),
      timeoutMs,
    }),
    taken: () => simulator.works.length,
    whenTaken: () => simulator.until(() => simulator.works.length > 0),
    finish: async () => {},
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

for (const model of stabilityModels) {
  describeProvider(model.id, {
    model,
    pays: (path) => path.startsWith("/v2beta/"),
    async bench(scenario, options) {
      const behaviour = BEHAVIOUR[scenario];
      return behaviour && stage(behaviour, options);
    },
  });
}

const SIDE = 128;
const PHOTO = greyPng(SIDE, SIDE, (x) => x);
const MASK = encodeMask("white", SIDE, (x, y) => x > 48 && x < 80 && y > 48 && y < 80);
const call = { signal: new AbortController().signal };
const inlined = (bytes: Uint8Array) => ({ url: () => Promise.reject(new Error("unused")), bytes: async () => bytes });

const request: ProviderRequest = {
  jobId: "job_01",
  attempt: 1,
  model: "stability/inpaint",
  operation: "replace",
  prompt: "a canary on a bench",
  n: 1,
  providerOptions: {},
  size: { width: SIDE, height: SIDE },
  image: inlined(PHOTO),
  mask: inlined(MASK),
};
const { prompt: _, ...wordless } = request;
const erasing: ProviderRequest = { ...wordless, model: "stability/erase", operation: "erase" };

const files = {
  image: { type: "image/png", bytes: PHOTO.length },
  mask: { type: "image/png", bytes: MASK.length },
};

async function failureOf(work: Promise<unknown>): Promise<ProviderFailure> {
  return work.then(
    () => expect.fail("it should have failed"),
    (failure: ProviderFailure) => failure,
  );
}

describe("what Stability is sent", () => {
  test.each<[string, ProviderRequest, string, object]>([
    [
      "a replacement",
      request,
      "inpaint",
      { ...files, prompt: "a canary on a bench", grow_mask: "0", output_format: "png" },
    ],
    [
      "a replacement with everything it takes",
      { ...request, negativePrompt: "fog", seed: 7, providerOptions: { stylePreset: "low-poly" } },
      "inpaint",
      {
        ...files,
        prompt: "a canary on a bench",
        negative_prompt: "fog",
        seed: "7",
        style_preset: "low-poly",
        grow_mask: "0",
        output_format: "png",
      },
    ],
    [
      "an erasure by words",
      { ...wordless, operation: "erase" },
      "inpaint",
      { ...files, prompt: expect.stringMatching(/^empty background/), grow_mask: "0", output_format: "png" },
    ],
    ["an erasure", { ...erasing, seed: 7 }, "erase", { ...files, seed: "7", grow_mask: "0", output_format: "png" }],
  ])("%s is the documented form, field for field", async (_what, sent, service, body) => {
    await using bench = await stage({});
    await bench.provider.submit(sent, call);
    expect(bench.simulator.requests).toMatchObject([
      {
        method: "POST",
        path: `/v2beta/stable-image/edit/${service}`,
        headers: { authorization: "***", accept: "application/json" },
      },
    ]);
    expect(bench.simulator.requests[0]?.body).toEqual(body);
    expect(bench.simulator.works).toMatchObject([{ photo: new Uint8Array(PHOTO), mask: new Uint8Array(MASK) }]);
  });

  test.each<[string, Partial<ProviderRequest>, string]>([
    ["without a prompt", { prompt: "" }, "/prompt"],
    ["for a model it does not have", { model: "stability/outpaint" }, "/model"],
  ])("nothing %s", async (_what, change, pointer) => {
    await using bench = await stage({});
    const failure = await failureOf(bench.provider.submit({ ...request, ...change }, call));
    expect(failure).toMatchObject({ code: "invalid_request", accepted: "no", options: { pointer } });
    expect(bench.simulator.requests).toEqual([]);
  });

  test("nothing without a key", async () => {
    const keyless = createStability({ http, key: async () => "" });
    const failure = await failureOf(keyless.submit(request, call));
    expect(failure).toMatchObject({ code: "provider_unavailable", accepted: "no", retryable: false });
  });
});

describe("what Stability answers", () => {
  test("a picture of about 4 megapixels, whatever came in", async () => {
    await using bench = await stage({}, { outputPixels: 4_194_304 });
    const outcome = await bench.provider.submit(request, call);
    const [output] = outcome.state === "succeeded" ? outcome.outputs : [];
    const { width, height } = await sharp(await output?.read(call.signal)).metadata();
    expect({ width, height }).toEqual({ width: 2048, height: 2048 });
  });

  test.each<[NonNullable<StabilityBehaviour["refuse"]>, object]>([
    ["bad-request", { code: "provider_rejected", accepted: "no" }],
    ["unauthorized", { code: "provider_unavailable", accepted: "no", retryable: false }],
    ["no-credit", { code: "provider_unavailable", accepted: "no", retryable: false }],
    ["moderation", { code: "content_rejected", accepted: "no", charged: "no" }],
    ["forbidden", { code: "provider_unavailable", accepted: "no", retryable: false }],
    ["not-found", { code: "provider_rejected", accepted: "no" }],
    ["too-large", { code: "provider_rejected", accepted: "no" }],
    ["language", { code: "provider_rejected", accepted: "no" }],
    ["rate-limit", { code: "rate_limited", accepted: "no", options: { retryAfterSeconds: 60 } }],
    ["server-error", { code: "outcome_unknown", accepted: "unknown" }],
  ])("%s is what it means", async (refuse, expected) => {
    await using bench = await stage({ refuse });
    expect(await failureOf(bench.provider.submit(request, call))).toMatchObject(expected);
  });

  test("a blurred picture is one that was withheld, and who pays for it is not known", async () => {
    await using bench = await stage({ outcome: "filtered" });
    for (const asked of [request, erasing]) {
      const failure = await failureOf(bench.provider.submit(asked, call));
      expect(failure).toMatchObject({ code: "content_rejected", accepted: "yes", charged: "unknown" });
    }
  });

  /** One answer to whatever is asked. */
  async function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
    const server = await startHttp((_, response) => response.writeHead(status, headers).end(JSON.stringify(body)));
    onTestFinished(() => server[Symbol.asyncDispose]());
    return { http, key: async () => KEY, baseUrl: server.origin };
  }

  const image = PHOTO.toString("base64");
  const UNKNOWN = { code: "outcome_unknown", accepted: "unknown" };
  test.each<[string, number, unknown, Record<string, string>, object]>([
    ["filtered by header", 200, { image }, { "finish-reason": "CONTENT_FILTERED" }, { code: "content_rejected" }],
    ["another reason", 200, { image, finish_reason: "ERROR" }, {}, { code: "provider_rejected", accepted: "yes" }],
    ["no picture", 200, { finish_reason: "SUCCESS" }, {}, UNKNOWN],
    ["nothing", 200, [], {}, UNKNOWN],
    ["moderation by 400", 400, { name: "content_moderation", errors: [] }, {}, { code: "content_rejected" }],
    ["its own wait", 429, {}, { "retry-after": "7" }, { options: { retryAfterSeconds: 7 } }],
    ["an old error", 401, { message: "Incorrect API key" }, {}, { code: "provider_unavailable" }],
  ])("%s is read", async (_what, status, body, headers, expected) => {
    const deps = await answering(status, body, headers);
    expect(await failureOf(createStability(deps).submit(request, call))).toMatchObject(expected);
  });

  test("neither key nor prompt comes back in an error", async () => {
    const deps = await answering(400, { name: "bad_request", errors: [`${KEY}: ${request.prompt} is bad`] });
    expect((await failureOf(createStability(deps).submit(request, call))).message).toBe(
      "Stability AI refused: […]: […] is bad",
    );
  });

  test("a picture without a reason is a picture", async () => {
    const outcome = await createStability(await answering(200, { image })).submit(request, call);
    expect(outcome).toMatchObject({ state: "succeeded", outputs: [{}] });
  });

  test.each<[number, unknown, string]>([
    [200, {}, "unclear"],
    [403, {}, "refused"],
    [500, { errors: ["down"] }, "unclear"],
  ])("to the question about the balance, %i %o means %s", async (status, body, key) => {
    expect(await provider.checkKey?.(await answering(status, body))).toMatchObject({ key });
  });
});

describe("whether Stability takes a key", () => {
  const ask = async (bench: Stage, key: string) =>
    provider.checkKey?.({ http, key: async () => key, baseUrl: bench.simulator.url });

  test("is told by the balance, for nothing", async () => {
    await using bench = await stage({}, { credits: 12.7 });
    expect(await ask(bench, KEY)).toEqual({
      key: "works",
      says: "Stability AI takes it; the account has 12 credits left",
    });
    expect(await ask(bench, "mistyped")).toMatchObject({ key: "refused" });
    expect(bench.taken()).toBe(0);
    await bench.simulator.close();
    expect(await ask(bench, KEY)).toMatchObject({ key: "unclear" });
  });
});

describe("the simulator is as strict as the documentation", () => {
  const form = { image: PHOTO, mask: MASK, prompt: "a door" };
  const post = async (bench: Stage, fields: Record<string, string | Uint8Array>, headers = {}, service = "inpaint") => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      if (typeof value === "string") body.append(name, value);
      else body.append(name, new Blob([new Uint8Array(value)], { type: "image/png" }), `${name}.png`);
    }
    return fetch(`${bench.simulator.url}/v2beta/stable-image/edit/${service}`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, ...headers },
      body,
    });
  };

  test.each<[string, Record<string, string | Uint8Array>, string?]>([
    ["another field", { ...form, strength: "1" }],
    ["a prompt for the eraser", form, "erase"],
    ["no prompt", { image: PHOTO, mask: MASK }],
    ["no image", { mask: MASK, prompt: "a door" }],
    ["a style that there is not", { ...form, style_preset: "cubist" }],
    ["a seed too large", { ...form, seed: "4294967295" }],
    ["a seed that is no number", { ...form, seed: "x" }],
    ["a mask grown too far", { ...form, grow_mask: "21" }],
    ["a gif", { ...form, output_format: "gif" }],
    ["a prompt too long", { ...form, prompt: "x".repeat(10_001) }],
    ["a photo too small", { ...form, image: greyPng(63, 64, () => 0) }],
    ["something that is no picture", { ...form, image: Buffer.from("x") }],
  ])("%s is refused", async (_what, fields, service) => {
    await using bench = await stage({});
    const answer = await post(bench, fields, { accept: "application/json" }, service);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ id: expect.any(String), name: "bad_request", errors: [expect.any(String)] });
  });

  test("more than 10 MiB are too many", async () => {
    await using bench = await stage({});
    expect((await post(bench, { ...form, image: Buffer.alloc(10 * 1024 * 1024) })).status).toBe(413);
  });

  test("it answers with the picture itself where it is asked for that, and paints where a photo is transparent", async () => {
    await using bench = await stage({});
    const image = encodeMask("alpha", SIDE, (x) => x < 64);
    const answer = await post(bench, { image, output_format: "webp" }, { accept: "image/*" }, "erase");
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "image/webp",
      "finish-reason": "SUCCESS",
      seed: expect.stringMatching(/^\d+$/),
    });
    expect(await sharp(await answer.bytes()).metadata()).toMatchObject({ format: "webp" });
  });
});

test("what fits is what is sent: 3 bytes a pixel, and the mask, stay within 10 MiB", () => {
  for (const { sizes } of stabilityModels as readonly ModelRecord[]) {
    if (sizes.kind !== "range" || sizes.maxPixels === undefined) expect.fail("it has a range");
    expect(sizes.maxPixels * 3.3).toBeLessThan(10 * 1024 * 1024);
  }
});
