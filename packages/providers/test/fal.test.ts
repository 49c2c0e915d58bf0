import { type Callback, type ProviderFailure, type ProviderRequest, priceOf } from "@infill/core";
import { createHttp, type Http, HttpFailure } from "@infill/providers/http";
import { type Bench, type BenchOptions, CANARY, describeProvider, type Scenario } from "@infill/providers/testing";
import { type FalBehaviour, type FalSimulator, type ManualTime, manualTime, startFal } from "@infill/simulators";
import sharp from "sharp";
import { describe, expect, onTestFinished, test } from "vitest";
import { provider as code } from "../src/fal/index.ts";
import { falModels } from "../src/fal/models.ts";
import type { ProviderDeps } from "../src/load.ts";
import { greyPng } from "../src/testing/png.ts";
import { startHttp } from "../src/testing/servers.ts";
import { linkScenarios } from "./link-scenarios.ts";

const [model] = falModels;
if (model === undefined) throw new Error("fal has a model");
const KEY = `${CANARY}-key-0123456789`;

const RULES: Record<Scenario, FalBehaviour | undefined> = {
  succeeds: {},
  queues: {},
  "refuses the request": { refuse: "invalid" },
  "refuses the prompt": { refuse: "content-policy" },
  "refuses the key": { refuse: "invalid-key" },
  "wants money": { refuse: "no-balance" },
  "is rate limited": { refuse: "rate-limit" },
  "is not ready": undefined,
  "fails later": { outcome: "runner-error" },
  moderates: { outcome: "nsfw" },
  ...linkScenarios((links) => ({ links })),
};

interface Asked {
  url: string;
  headers: Record<string, string> | undefined;
  body: unknown;
}

interface Stage extends Bench {
  simulator: FalSimulator;
  time: ManualTime;
  /** Every JSON request, oldest first. */
  asked: Asked[];
  /** Until it is put back: the vendor's keys cannot be fetched. */
  keysOutOfReach: boolean;
}

async function stage(rule: FalBehaviour, options: Partial<BenchOptions & ProviderDeps> = {}): Promise<Stage> {
  const { timeoutMs = {}, through = async (url: string) => url, ...deps } = options;
  const time = manualTime();
  const simulator = await startFal({ keys: [KEY], time, behaviour: { takesSeconds: Infinity, ...rule } });
  const real = createHttp({ allowLoopback: true });
  const asked: Asked[] = [];
  const bench = {
    simulator,
    time,
    asked,
    keysOutOfReach: false,
    now: time.now,
    taken: () => simulator.works.length,
    whenTaken: () => simulator.until(() => simulator.works.length > 0),
    async finish() {
      await Promise.all(simulator.works.map(({ id }) => simulator.release(id)));
    },
    async [Symbol.asyncDispose]() {
      await real.close();
      await simulator.close();
    },
  };
  const http: Http = {
    ...real,
    async json(url, request) {
      asked.push({ url, headers: request.headers, body: request.body });
      if (bench.keysOutOfReach && url.endsWith("jwks.json")) throw new HttpFailure("connect", "no", "not now");
      return real.json(url, request);
    },
  };
  const provider = code.create({
    http,
    key: async () => KEY,
    baseUrl: await through(simulator.url),
    timeoutMs,
    now: time.now,
    ...deps,
  });
  return Object.assign(bench, { provider });
}

describeProvider("fal", {
  model,
  signed: "and dated",
  pays: (path) => path.endsWith("/v1/fill"),
  asks: (path) => path.endsWith("/status"),
  async bench(scenario, options) {
    const rule = RULES[scenario];
    return rule && stage(rule, options);
  },
});

test.each([
  [256, 256, 50_000],
  [1024, 960, 50_000],
  // the first above a million pixels
  [1024, 992, 100_000],
  [1440, 1376, 100_000],
])("fal's price of %i × %i px is by the megapixel, rounded up", (width, height, cost) => {
  expect(priceOf(model, { n: 1, providerOptions: {}, size: { width, height } })).toBe(cost);
});

const PHOTO = greyPng(256, 256, (x) => x);
const MASK = greyPng(256, 256, (x, y) => (x > 96 && x < 160 && y > 96 && y < 160 ? 255 : 0));
const PROMPT = "a red door";
const call = { signal: new AbortController().signal, hide: [] };
const uri = (bytes: Buffer) => `data:image/png;base64,${bytes.toString("base64")}`;
const inlined = (bytes: Uint8Array) => ({
  url: async () => "https://s3.example.com/picture?X-Amz-Signature=canary",
  bytes: async () => bytes,
});

const request: ProviderRequest = {
  jobId: "job_01",
  attempt: 1,
  model: "fal/flux-fill",
  operation: "replace",
  prompt: PROMPT,
  n: 1,
  providerOptions: {},
  size: { width: 256, height: 256 },
  image: inlined(PHOTO),
  mask: inlined(MASK),
};

/** Inline, so that no server of pictures is needed. */
const inlineStage = (rule: FalBehaviour, options: Partial<ProviderDeps> = {}) =>
  stage(rule, { inlineImages: true, ...options });

async function accepted({ provider }: Bench, change: Partial<ProviderRequest> = {}) {
  const outcome = await provider.submit({ ...request, ...change }, call);
  return outcome.state === "accepted" ? outcome.job : expect.fail("it should have been queued");
}

const failureOf = (work: Promise<unknown> | undefined) =>
  work?.then(
    () => expect.fail("it should have failed"),
    (failure: ProviderFailure) => failure,
  );

describe("what is sent to fal", () => {
  const plain = {
    prompt: PROMPT,
    image_url: uri(PHOTO),
    mask_url: uri(MASK),
    num_images: 1,
    output_format: "png",
    safety_tolerance: "2",
    enhance_prompt: false,
  };
  const headers = { authorization: `Key ${KEY}` };

  test("the documented input, field for field, with the documented defaults", async () => {
    await using bench = await inlineStage({});
    await accepted(bench, { callbackUrl: "https://api.example.com/webhooks/x" });
    expect(bench.asked).toEqual([{ url: `${bench.simulator.url}/fal-ai/flux-pro/v1/fill`, headers, body: plain }]);
  });

  test("every option, links, and where to call back", async () => {
    // the simulator cannot reach the links, so the work fails: that comes after
    await using bench = await stage({ refuse: "bad-request" });
    const sent = bench.provider.submit(
      {
        ...request,
        n: 4,
        seed: 7,
        providerOptions: { safetyTolerance: "6", enhancePrompt: true },
        callbackUrl: "https://api.example.com/webhooks/x?a=1&b=2",
      },
      call,
    );
    await failureOf(sent);
    const link = "https://s3.example.com/picture?X-Amz-Signature=canary";
    expect(bench.asked[0]?.body).toEqual({
      ...plain,
      image_url: link,
      mask_url: link,
      seed: 7,
      num_images: 4,
      safety_tolerance: "6",
      enhance_prompt: true,
    });
    const { searchParams } = new URL(bench.asked[0]?.url ?? "");
    expect([...searchParams]).toEqual([["fal_webhook", "https://api.example.com/webhooks/x?a=1&b=2"]]);
  });

  test("to erase, the recorded prompt where there is none", async () => {
    await using bench = await inlineStage({});
    const { prompt: _, ...wordless } = request;
    await bench.provider.submit({ ...wordless, operation: "erase" }, call);
    expect(bench.simulator.works[0]?.prompt).toMatch(/^empty background/);
  });

  test.each<[string, Partial<ProviderDeps>, Partial<ProviderRequest>, string]>([
    ["without a key", { key: async () => "" }, {}, "provider_unavailable"],
    ["without a prompt", {}, { prompt: "" }, "invalid_request"],
    ["for a model it does not have", {}, { model: "fal/other" }, "invalid_request"],
  ])("nothing %s", async (_what, options, change, errorCode) => {
    await using bench = await inlineStage({}, options);
    const failure = await failureOf(bench.provider.submit({ ...request, ...change }, call));
    expect(failure).toMatchObject({ code: errorCode, accepted: "no" });
    expect(bench.asked).toEqual([]);
  });
});

describe("fal, unless it is told otherwise", () => {
  test("is asked at its own addresses, and for its keys at another host without ours", async () => {
    const asked: { url: string; headers: object | undefined }[] = [];
    const json: Http["json"] = async (url, { headers }) => {
      asked.push({ url, headers });
      throw new HttpFailure("connect", "no", "not today");
    };
    const provider = code.create({ http: { ...createHttp(), json }, key: async () => KEY, inlineImages: true });
    await failureOf(provider.submit(request, call));
    await failureOf(provider.poll?.({ id: "a" }, call));
    const headers = {
      "x-fal-webhook-request-id": "a",
      "x-fal-webhook-user-id": "b",
      "x-fal-webhook-timestamp": "0",
      "x-fal-webhook-signature": "0".repeat(128),
    };
    const body = { request_id: "a", status: "OK" };
    await provider.readCallback?.({
      body,
      bytes: Buffer.from(JSON.stringify(body)),
      headers,
      jobId: "job_01",
      receivedAt: 0,
    });
    expect(asked).toEqual([
      { url: "https://queue.fal.run/fal-ai/flux-pro/v1/fill", headers: { authorization: `Key ${KEY}` } },
      { url: "https://queue.fal.run/fal-ai/flux-pro/requests/a/status", headers: { authorization: `Key ${KEY}` } },
      { url: "https://rest.alpha.fal.ai/.well-known/jwks.json", headers: {} },
    ]);
  });

  test("costs what its operator says, and tells a simulator", async () => {
    await using bench = await inlineStage({}, { simulated: true });
    expect(bench.provider).toMatchObject({ simulated: true });
  });
});

describe("what fal refuses", () => {
  test.each<[NonNullable<FalBehaviour["refuse"]>, object]>([
    ["bad-request", { code: "provider_rejected", accepted: "no" }],
    ["invalid-key", { code: "provider_unavailable", accepted: "no", message: expect.stringContaining("key") }],
    ["no-balance", { code: "provider_unavailable", accepted: "no", message: expect.stringContaining("topped up") }],
    ["admin-lock", { code: "provider_unavailable", accepted: "no", message: expect.stringContaining("key") }],
    ["not-found", { code: "provider_rejected", accepted: "no" }],
    ["invalid", { code: "provider_rejected", message: expect.stringContaining("body.prompt: field required") }],
    ["content-policy", { code: "content_rejected", accepted: "no", charged: "no" }],
    ["rate-limit", { code: "rate_limited", accepted: "no", retryable: true }],
    ["server-error", { code: "outcome_unknown", accepted: "unknown" }],
    ["unavailable", { code: "outcome_unknown", accepted: "unknown" }],
  ])("%s", async (refuse, expected) => {
    await using bench = await inlineStage({ refuse });
    expect(await failureOf(bench.provider.submit(request, call))).toMatchObject(expected);
    expect(bench.taken()).toBe(0);
  });

  test.each<[string, Partial<ProviderRequest>]>([
    ["too many pictures", { n: 5 }],
    ["a safety tolerance it does not know", { providerOptions: { safetyTolerance: "0" } }],
    ["a mask of another size", { mask: inlined(greyPng(128, 256, () => 255)) }],
    ["what is no picture", { image: inlined(Buffer.from("text")) }],
  ])("%s is queued first, and fails then", async (_what, change) => {
    await using bench = await inlineStage({});
    const job = await accepted(bench, change);
    await bench.finish();
    const failure = { code: "provider_rejected", accepted: "yes", charged: "unknown" };
    expect(await bench.provider.poll?.(job, call)).toMatchObject({ state: "failed", failure });
  });
});

describe("what fal says of queued work", () => {
  test("waiting and running are both under way", async () => {
    await using bench = await inlineStage({});
    const job = await accepted(bench);
    expect(await bench.provider.poll?.(job, call)).toEqual({ state: "processing" });
    expect(await bench.provider.poll?.(job, call)).toEqual({ state: "processing" });
    await bench.finish();
    expect(await bench.provider.poll?.(job, call)).toMatchObject({ state: "succeeded" });
  });

  test("our key goes to the queue alone, whatever addresses the answer names", async () => {
    await using bench = await inlineStage({ answer: "foreign" });
    const job = await accepted(bench);
    await bench.finish();
    await bench.provider.poll?.(job, call);
    const place = `${bench.simulator.url}/fal-ai/flux-pro/requests/${job.id}`;
    expect(job).toEqual({ id: job.id });
    expect(bench.asked.slice(1).map(({ url }) => url)).toEqual([`${place}/status`, place]);
  });

  test("pictures that were flagged are black, and left out", async () => {
    await using bench = await inlineStage({ outcome: "first-nsfw" });
    const job = await accepted(bench, { n: 3 });
    await bench.finish();
    const polled = await bench.provider.poll?.(job, call);
    const outputs = polled?.state === "succeeded" ? polled.outputs : [];
    expect(outputs).toHaveLength(2);
    for (const output of outputs) {
      const { channels } = await sharp(await output.read(call.signal)).stats();
      expect(Math.max(...channels.map(({ max }) => max))).toBeGreaterThan(0);
    }
  });

  test.each<[NonNullable<FalBehaviour["outcome"]>, object]>([
    ["nsfw", { code: "content_rejected", accepted: "yes", charged: "unknown", retryable: false }],
    ["content-policy", { code: "content_rejected", accepted: "yes", charged: "unknown", retryable: false }],
    ["invalid", { code: "provider_rejected", accepted: "yes", charged: "unknown" }],
    ["runner-error", { code: "provider_rejected", accepted: "yes", charged: "no" }],
  ])("%s", async (outcome, failure) => {
    await using bench = await inlineStage({ outcome });
    const job = await accepted(bench);
    await bench.finish();
    expect(await bench.provider.poll?.(job, call)).toMatchObject({ state: "failed", failure });
  });

  const COMPLETED = { status: 200, body: { status: "COMPLETED" } };
  const ASK_AGAIN = { code: "provider_unavailable", accepted: "yes", retryable: true };
  const timedOut = { detail: "Request timed out", error_type: "request_timeout" };

  test.each<[string, { status: number; body: unknown }, { status: number; body: unknown }, object]>([
    ["a status that is none", { status: 200, body: { status: "WHO KNOWS" } }, COMPLETED, ASK_AGAIN],
    ["a status of work it does not know", { status: 404, body: { detail: "Request not found" } }, COMPLETED, ASK_AGAIN],
    ["a result that breaks", COMPLETED, { status: 500, body: "<html>" }, ASK_AGAIN],
    [
      "a result that is not there yet",
      COMPLETED,
      { status: 400, body: { detail: "Request is still in progress" } },
      ASK_AGAIN,
    ],
    ["a result without pictures", COMPLETED, { status: 200, body: { images: [] } }, ASK_AGAIN],
    ["a key that was withdrawn", COMPLETED, { status: 401, body: {} }, { ...ASK_AGAIN, retryable: false }],
    [
      "a run that took too long",
      COMPLETED,
      { status: 504, body: timedOut },
      { state: "failed", failure: { charged: "no" } },
    ],
    [
      "a run that was canceled",
      COMPLETED,
      { status: 499, body: { ...timedOut, error_type: "client_cancelled" } },
      { state: "failed" },
    ],
    [
      "an error that the status tells",
      { status: 200, body: { status: "COMPLETED", error: "Invalid status code: 500" } },
      { status: 500, body: {} },
      { state: "failed", failure: { code: "provider_rejected", accepted: "yes", charged: "no" } },
    ],
    [
      "errors in a bare list",
      COMPLETED,
      { status: 422, body: [{ loc: ["body", "prompt"], msg: "flagged", type: "content_policy_violation" }] },
      { state: "failed", failure: { code: "content_rejected" } },
    ],
  ])("%s", async (_what, status, result, expected) => {
    await using server = await startHttp(({ url = "" }, response) => {
      const answer = url.endsWith("/status") ? status : result;
      response.writeHead(answer.status).end(JSON.stringify(answer.body));
    });
    const http = createHttp({ allowLoopback: true });
    onTestFinished(() => http.close());
    const provider = code.create({ http, key: async () => KEY, baseUrl: server.origin });
    const told = await provider.poll?.({ id: "a" }, call).catch((failure: ProviderFailure) => failure);
    expect(told).toMatchObject(expected);
  });
});

describe("a callback of fal", () => {
  /** The webhook of one finished request, as the simulator sent it. */
  async function received(bench: Stage): Promise<Callback> {
    const arrived = Promise.withResolvers<Callback>();
    await using receiver = await startHttp(async (incoming, response) => {
      const bytes = Buffer.concat(await incoming.toArray());
      const headers = incoming.headers as Record<string, string>;
      const receivedAt = bench.time.now();
      arrived.resolve({ bytes, body: JSON.parse(`${bytes}`), headers, jobId: request.jobId, receivedAt });
      response.end();
    });
    const http = createHttp({ allowLoopback: true });
    const body = { prompt: PROMPT, image_url: uri(PHOTO), mask_url: uri(MASK) };
    const { body: answer } = await http.json(
      `${bench.simulator.url}/fal-ai/flux-pro/v1/fill?fal_webhook=${encodeURIComponent(`${receiver.origin}/hook`)}`,
      { method: "POST", headers: { authorization: `Key ${KEY}` }, body, timeoutMs: 5_000, maxBytes: 100_000 },
    );
    await bench.simulator.release((answer as { request_id: string }).request_id);
    await http.close();
    return arrived.promise;
  }

  const fetched = (bench: Stage) => bench.asked.filter(({ url }) => url.endsWith("/.well-known/jwks.json"));

  test.each<[NonNullable<FalBehaviour["outcome"]>, string]>([
    ["ok", "succeeded"],
    ["invalid", "failed"],
    ["runner-error", "failed"],
  ])("about work that ends %s is a hint: %s", async (outcome, state) => {
    await using bench = await stage({ outcome });
    const callback = await received(bench);
    const id = bench.simulator.works[0]?.id;
    expect(await bench.provider.readCallback?.(callback)).toEqual({ state, job: { id } });
  });

  test.each<[string, (callback: Callback) => Partial<Callback>]>([
    ["is unsigned", () => ({ headers: {} })],
    ["was changed", ({ bytes }) => ({ bytes: Buffer.from(`${Buffer.from(bytes)}`.replace("OK", "KO")) })],
    ["is about another request", ({ headers }) => ({ headers: { ...headers, "x-fal-webhook-request-id": "other" } })],
    ["is another user's", ({ headers }) => ({ headers: { ...headers, "x-fal-webhook-user-id": "other" } })],
    ["is given a later time", ({ headers }) => ({ headers: { ...headers, "x-fal-webhook-timestamp": "1700000001" } })],
    ["has no time", ({ headers: { "x-fal-webhook-timestamp": _, ...rest } }) => ({ headers: rest })],
    ["is signed halfway", ({ headers }) => ({ headers: { ...headers, "x-fal-webhook-signature": "ab" } })],
    ["came too late", ({ receivedAt }) => ({ receivedAt: receivedAt + 301_000 })],
    ["came before it was sent", ({ receivedAt }) => ({ receivedAt: receivedAt - 301_000 })],
  ])("that %s says nothing", async (_what, change) => {
    await using bench = await stage({});
    const callback = await received(bench);
    expect(await bench.provider.readCallback?.({ ...callback, ...change(callback) })).toEqual({ state: "unknown" });
    expect(await bench.provider.readCallback?.(callback)).toMatchObject({ state: "succeeded" });
  });

  test("may be five minutes on its way, and is judged by when it was received, not by when it is read", async () => {
    await using bench = await stage({});
    const callback = await received(bench);
    bench.time.advance(3_600_000);
    const late = { ...callback, receivedAt: callback.receivedAt + 300_000 };
    expect(await bench.provider.readCallback?.(late)).toMatchObject({ state: "succeeded" });
  });

  test("is checked with keys that are asked for without ours, and kept for a day", async () => {
    await using bench = await stage({});
    const callback = await received(bench);
    await Promise.all([bench.provider.readCallback?.(callback), bench.provider.readCallback?.(callback)]);
    bench.time.advance(24 * 3_600_000);
    await bench.provider.readCallback?.(callback);
    expect(fetched(bench)).toEqual([expect.objectContaining({ headers: {} })]);
    bench.time.advance(1);
    await bench.provider.readCallback?.(callback);
    expect(fetched(bench)).toHaveLength(2);
  });

  test("is checked again with new keys when none fits", async () => {
    await using bench = await stage({});
    const before = await received(bench);
    expect(await bench.provider.readCallback?.(before)).toMatchObject({ state: "succeeded" });
    bench.simulator.rotateKey();
    bench.time.advance(60_001);
    const after = await received(bench);
    expect(await bench.provider.readCallback?.(after)).toMatchObject({ state: "succeeded" });
    expect(fetched(bench)).toHaveLength(2);
  });

  test("cannot make us ask for keys again and again by being forged", async () => {
    await using bench = await stage({});
    const callback = await received(bench);
    const forged = { ...callback, bytes: Buffer.concat([callback.bytes, Buffer.from(" ")]) };
    for (let times = 0; times < 5; times++) await bench.provider.readCallback?.(forged);
    expect(fetched(bench)).toHaveLength(1);
  });

  test("says nothing while the keys are out of reach, and is read once they are not", async () => {
    await using bench = await stage({});
    const callback = await received(bench);
    bench.keysOutOfReach = true;
    expect(await bench.provider.readCallback?.(callback)).toEqual({ state: "unknown" });
    bench.keysOutOfReach = false;
    bench.time.advance(60_001);
    expect(await bench.provider.readCallback?.(callback)).toMatchObject({ state: "succeeded" });
  });

  test("is still checked with the keys of yesterday while new ones are out of reach", async () => {
    await using bench = await stage({});
    const callback = await received(bench);
    await bench.provider.readCallback?.(callback);
    bench.keysOutOfReach = true;
    bench.time.advance(25 * 3_600_000);
    expect(await bench.provider.readCallback?.(callback)).toMatchObject({ state: "succeeded" });
  });

  test.each<[string, unknown]>([
    ["no set", "<html>"],
    ["an empty set", { keys: [] }],
    ["keys of other kinds", { keys: [null, { kty: "RSA" }, { kty: "OKP", crv: "Ed25519", x: "short" }] }],
  ])("says nothing against %s", async (_what, set) => {
    await using bench = await stage({});
    const callback = await received(bench);
    await using server = await startHttp((_, response) => response.end(JSON.stringify(set)));
    const http = createHttp({ allowLoopback: true });
    onTestFinished(() => http.close());
    const provider = code.create({ http, key: async () => KEY, baseUrl: server.origin });
    expect(await provider.readCallback?.(callback)).toEqual({ state: "unknown" });
  });
});
