import type { ProviderFailure, ProviderRequest } from "@infill/core";
import type { ProviderDeps } from "@infill/providers";
import { createHttp } from "@infill/providers/http";
import { type Bench, type BenchOptions, CANARY, describeProvider, type Scenario } from "@infill/providers/testing";
import { startHttp } from "@infill/providers/testing/servers";
import {
  type BedrockBehaviour,
  type BedrockOptions,
  type BedrockSimulator,
  manualTime,
  startBedrock,
} from "@infill/simulators";
import { AwsV4Signer } from "aws4fetch";
import sharp from "sharp";
import { describe, expect, onTestFinished, test } from "vitest";
import { errorType } from "../src/bedrock/answer.ts";
import { createBedrock } from "../src/bedrock/index.ts";
import { bedrockModels } from "../src/bedrock/models.ts";
import { encodeMask, greyPng } from "../src/testing/png.ts";

const CREDENTIALS = { accessKeyId: "AKIATEST", secretAccessKey: `${CANARY}-secret`, sessionToken: `${CANARY}-session` };
const REGION = "us-east-1";
const http = createHttp({ allowLoopback: true });
const time = manualTime();

const BEHAVIOUR: Partial<Record<Scenario, BedrockBehaviour>> = {
  succeeds: {},
  "refuses the request": { refuse: "validation" },
  "refuses the key": { refuse: "access-denied" },
  "is rate limited": { refuse: "throttled" },
  "is not ready": { refuse: "not-ready" },
  "fails later": { outcome: "inference-error" },
  moderates: { outcome: "output image" },
};

interface Stage extends Bench {
  simulator: BedrockSimulator;
}

async function stage(
  behaviour: BedrockBehaviour,
  {
    timeoutMs = {},
    through,
    deps = {},
    ...simulated
  }: Partial<BenchOptions & BedrockOptions> & { deps?: Partial<ProviderDeps> } = {},
): Promise<Stage> {
  const simulator = await startBedrock({
    credentials: [CREDENTIALS],
    region: REGION,
    time,
    outputPixels: 256 * 256,
    behaviour,
    ...simulated,
  });
  return {
    simulator,
    provider: createBedrock({
      http,
      key: () => Promise.reject(new Error("it has none")),
      aws: { region: REGION, credentials: async () => CREDENTIALS },
      baseUrl: through === undefined ? simulator.url : await through(simulator.url),
      timeoutMs,
      now: time.now,
      ...deps,
    }),
    taken: () => simulator.works.length,
    whenTaken: () => simulator.until(() => simulator.works.length > 0),
    finish: async () => {},
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

for (const model of bedrockModels) {
  describeProvider(model.id, {
    model,
    pays: (path) => path.endsWith("/invoke"),
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
  model: "bedrock/stability-inpaint",
  operation: "replace",
  prompt: "a canary on a bench",
  n: 1,
  providerOptions: {},
  size: { width: SIDE, height: SIDE },
  image: inlined(PHOTO),
  mask: inlined(MASK),
};
const { prompt: _, ...wordless } = request;
const erasing: ProviderRequest = { ...wordless, model: "bedrock/stability-erase", operation: "erase" };
const pictures = { image: PHOTO.toString("base64"), mask: MASK.toString("base64") };

async function failureOf(work: Promise<unknown>): Promise<ProviderFailure> {
  return work.then(
    () => expect.fail("it should have failed"),
    (failure: ProviderFailure) => failure,
  );
}

describe("what Bedrock is sent", () => {
  const INPAINT = "/model/us.stability.stable-image-inpaint-v1%3A0/invoke";
  const ERASE = "/model/us.stability.stable-image-erase-object-v1%3A0/invoke";
  test.each<[string, ProviderRequest, string, object]>([
    [
      "a replacement",
      request,
      INPAINT,
      { ...pictures, prompt: "a canary on a bench", grow_mask: 0, output_format: "png" },
    ],
    [
      "a replacement with everything it takes",
      { ...request, negativePrompt: "fog", seed: 7, providerOptions: { stylePreset: "low-poly" } },
      INPAINT,
      {
        ...pictures,
        prompt: "a canary on a bench",
        negative_prompt: "fog",
        seed: 7,
        style_preset: "low-poly",
        grow_mask: 0,
        output_format: "png",
      },
    ],
    [
      "an erasure by words",
      { ...wordless, operation: "erase" },
      INPAINT,
      { ...pictures, prompt: expect.stringMatching(/^empty background/), grow_mask: 0, output_format: "png" },
    ],
    ["an erasure", { ...erasing, seed: 7 }, ERASE, { ...pictures, seed: 7, grow_mask: 0, output_format: "png" }],
  ])("%s is the documented body, field for field", async (_what, sent, path, body) => {
    await using bench = await stage({});
    await bench.provider.submit(sent, call);
    expect(bench.simulator.requests).toMatchObject([
      { method: "POST", path, headers: { "content-type": "application/json", accept: "application/json" } },
    ]);
    expect(bench.simulator.requests[0]?.body).toEqual(body);
    expect(bench.simulator.works).toMatchObject([{ photo: PHOTO, mask: MASK }]);
  });

  test.each<[string, Partial<ProviderRequest>, Partial<ProviderDeps>, string]>([
    ["without a prompt", { prompt: "" }, {}, "invalid_request"],
    ["for a model it does not have", { model: "bedrock/nova" }, {}, "invalid_request"],
    [
      "where its models are not sold",
      {},
      { aws: { region: "eu-west-1", credentials: async () => CREDENTIALS } },
      "provider_unavailable",
    ],
    [
      "without credentials",
      {},
      { aws: { region: REGION, credentials: () => Promise.reject(new Error("none")) } },
      "internal",
    ],
  ])("nothing %s", async (_what, change, deps, code) => {
    await using bench = await stage({}, { deps });
    const failure = await failureOf(bench.provider.submit({ ...request, ...change }, call));
    expect(failure).toMatchObject({ code, accepted: "no" });
    expect(bench.simulator.requests).toEqual([]);
  });

  test("nothing where nothing turned it on", async () => {
    const off = createBedrock({ http, key: async () => "" });
    const failure = await failureOf(off.submit(request, call));
    expect(failure).toMatchObject({ code: "provider_unavailable", accepted: "no", retryable: false });
  });

  test("it goes to the region's own endpoint", async () => {
    const asked: string[] = [];
    const send = async (url: string) => {
      asked.push(url);
      return { status: 400, headers: new Headers(), bytes: new Uint8Array() };
    };
    const aws = { region: "us-west-2", credentials: async () => CREDENTIALS };
    await failureOf(createBedrock({ http: { ...http, send }, key: async () => "", aws }).submit(request, call));
    expect(asked).toEqual([`https://bedrock-runtime.us-west-2.amazonaws.com${INPAINT}`]);
  });
});

describe("what Bedrock answers", () => {
  test("a picture of about 4 megapixels, whatever came in", async () => {
    await using bench = await stage({}, { outputPixels: 4_194_304 });
    const outcome = await bench.provider.submit(request, call);
    const [output] = outcome.state === "succeeded" ? outcome.outputs : [];
    const { width, height } = await sharp(await output?.read(call.signal)).metadata();
    expect({ width, height }).toEqual({ width: 2048, height: 2048 });
  });

  test.each<[NonNullable<BedrockBehaviour["refuse"]>, object]>([
    ["validation", { code: "provider_rejected", accepted: "no" }],
    ["quota", { code: "rate_limited", accepted: "no", options: { retryAfterSeconds: 60 } }],
    ["access-denied", { code: "provider_unavailable", accepted: "no", retryable: false }],
    ["no-model", { code: "provider_rejected", accepted: "no" }],
    ["model-timeout", { code: "outcome_unknown", accepted: "unknown" }],
    ["throttled", { code: "rate_limited", accepted: "no", options: { retryAfterSeconds: 60 } }],
    ["not-ready", { code: "provider_unavailable", accepted: "no", retryable: true }],
    ["server-error", { code: "outcome_unknown", accepted: "unknown" }],
    ["unavailable", { code: "outcome_unknown", accepted: "unknown" }],
  ])("%s is what it means", async (refuse, expected) => {
    await using bench = await stage({ refuse });
    expect(await failureOf(bench.provider.submit(request, call))).toMatchObject(expected);
  });

  test.each<[NonNullable<BedrockBehaviour["outcome"]>, string]>([
    ["prompt", "content_rejected"],
    ["input image", "content_rejected"],
    ["output image", "content_rejected"],
    ["inference-error", "provider_rejected"],
    ["model-error", "provider_rejected"],
  ])("%s: it was taken, and who pays for it is not known", async (outcome, code) => {
    await using bench = await stage({ outcome });
    for (const asked of [request, erasing]) {
      const failure = await failureOf(bench.provider.submit(asked, call));
      expect(failure).toMatchObject({ code, accepted: "yes", charged: "unknown" });
    }
  });

  test("whose credentials were refused is not told to callers", async () => {
    await using bench = await stage({ refuse: "access-denied" });
    const { message } = await failureOf(bench.provider.submit(request, call));
    expect(message).toContain("AccessDeniedException");
    expect(message).not.toMatch(/arn:|123456789012/);
  });

  const UNKNOWN = { code: "outcome_unknown", accepted: "unknown" };
  test.each<[string, number, unknown, Record<string, string>, object]>([
    ["a name in the body", 429, { __type: "x#ModelNotReadyException" }, {}, { code: "provider_unavailable" }],
    ["no name", 429, {}, {}, { code: "rate_limited" }],
    ["its own wait", 429, {}, { "retry-after": "7" }, { options: { retryAfterSeconds: 7 } }],
    ["a proxy's refusal", 403, [], {}, { code: "provider_unavailable", accepted: "no" }],
    ["no picture", 200, { finish_reasons: [null], images: [] }, {}, UNKNOWN],
    ["nothing", 200, [], {}, UNKNOWN],
  ])("%s is read", async (_what, status, body, headers, expected) => {
    const server = await startHttp((_, response) => response.writeHead(status, headers).end(JSON.stringify(body)));
    onTestFinished(() => server[Symbol.asyncDispose]());
    await using bench = await stage({}, { deps: { baseUrl: server.origin } });
    expect(await failureOf(bench.provider.submit(request, call))).toMatchObject(expected);
  });
});

test("an error's name of a hundred kilobytes is read at once", () => {
  const start = performance.now();
  expect(errorType({ text: "", type: `${"x".repeat(100_000)}#ThrottlingException` }, new Headers())).toBe(
    "ThrottlingException",
  );
  expect(performance.now() - start).toBeLessThan(5_000); // half a minute, if it were quadratic in the length
});

describe("the simulator is as strict as the documentation", () => {
  const document = { ...pictures, prompt: "a door" };

  interface Signing {
    service?: string;
    region?: string;
    credentials?: typeof CREDENTIALS;
    model?: string;
    at?: number;
    /** After the signature. */
    tamper?: (headers: Headers) => void;
  }

  async function post(bench: Stage, body: unknown, signing: Signing = {}) {
    const { service = "bedrock", region = REGION, credentials = CREDENTIALS, at = time.now(), tamper } = signing;
    const { model = "us.stability.stable-image-inpaint-v1:0" } = signing;
    const url = `${bench.simulator.url}/model/${encodeURIComponent(model)}/invoke`;
    const datetime = new Date(at).toISOString().replace(/[:-]|\.\d{3}/g, "");
    const text = JSON.stringify(body);
    const signer = new AwsV4Signer({ ...credentials, service, region, url, method: "POST", body: text, datetime });
    const { headers } = await signer.sign();
    tamper?.(headers);
    const answer = await fetch(url, { method: "POST", headers, body: text });
    return { status: answer.status, type: answer.headers.get("x-amzn-errortype")?.split(":")[0] };
  }

  test.each<[string, Signing, string]>([
    ["without a signature", { tamper: (headers) => headers.delete("authorization") }, "MissingAuthenticationToken"],
    ["by nobody it knows", { credentials: { ...CREDENTIALS, accessKeyId: "AKIAOTHER" } }, "UnrecognizedClient"],
    ["by another session", { credentials: { ...CREDENTIALS, sessionToken: "other" } }, "UnrecognizedClient"],
    ["with another secret", { credentials: { ...CREDENTIALS, secretAccessKey: "other" } }, "InvalidSignature"],
    ["for another service", { service: "s3" }, "InvalidSignature"],
    ["for another region", { region: "us-west-2" }, "InvalidSignature"],
    ["that is old", { at: time.now() - 301_000 }, "InvalidSignature"],
    ["with more than was signed", { tamper: (headers) => headers.set("x-amz-extra", "1") }, "InvalidSignature"],
  ])("a request %s is refused", async (_what, signing, type) => {
    await using bench = await stage({});
    expect(await post(bench, document, signing)).toEqual({ status: 403, type: `${type}Exception` });
  });

  const { prompt: _prompt, ...promptless } = document;
  test.each<[string, unknown, string?]>([
    ["another field", { ...document, strength: 1 }],
    ["a prompt for the eraser", document, "us.stability.stable-image-erase-object-v1:0"],
    ["a model that there is not", document, "us.stability.stable-image-v9:0"],
    ["no prompt", promptless],
    ["no image", { prompt: "a door" }],
    ["a data URI", { ...document, image: `data:image/png;base64,${pictures.image}` }],
    ["a mask that is no base64", { ...document, mask: 1 }],
    ["a mask that is no picture", { ...document, mask: "AAAA" }],
    ["a seed as a text", { ...document, seed: "7" }],
    ["a photo that is too long", { ...document, image: greyPng(256, 64, () => 0).toString("base64") }],
    ["a list", []],
  ])("%s is refused", async (_what, body, model) => {
    await using bench = await stage({});
    const answer = await post(bench, body, model === undefined ? {} : { model });
    expect(answer).toEqual({ status: 400, type: "ValidationException" });
  });

  test("a mask may be left out, and is then the photo's own transparency", async () => {
    await using bench = await stage({});
    const image = encodeMask("alpha", SIDE, (x) => x < 64).toString("base64");
    const model = "us.stability.stable-image-erase-object-v1:0";
    expect(await post(bench, { image }, { model })).toMatchObject({ status: 200 });
  });
});
