import { createHmac } from "node:crypto";
import type { Callback, ProviderFailure, ProviderRequest } from "@infill/core";
import { createHttp, type Http, HttpFailure } from "@infill/providers/http";
import { type Bench, type BenchOptions, CANARY, describeProvider, type Scenario } from "@infill/providers/testing";
import { type BflBehaviour, type BflSimulator, manualTime, startBfl } from "@infill/simulators";
import { describe, expect, onTestFinished, test } from "vitest";
import { provider as code } from "../src/bfl/index.ts";
import { bflModels } from "../src/bfl/models.ts";
import type { ProviderDeps } from "../src/load.ts";
import { greyPng } from "../src/testing/png.ts";
import { startHttp } from "../src/testing/servers.ts";
import { linkScenarios } from "./link-scenarios.ts";

const [model] = bflModels;
if (model === undefined) throw new Error("Black Forest Labs has a model");
const KEY = `${CANARY}-key-0123456789`;

const RULES: Record<Scenario, BflBehaviour | undefined> = {
  succeeds: {},
  queues: {},
  "refuses the request": { refuse: "unprocessable" },
  "refuses the prompt": undefined,
  "refuses the key": { refuse: "forbidden" },
  "wants money": { refuse: "no-credits" },
  "is rate limited": { refuse: "rate-limit" },
  "is not ready": undefined,
  "fails later": { outcome: "Error" },
  moderates: { outcome: "Content Moderated" },
  ...linkScenarios((links) => ({ links })),
};

interface Asked {
  url: string;
  key: string | undefined;
  body: unknown;
}

interface Stage extends Bench {
  simulator: BflSimulator;
  /** Every JSON request, oldest first. */
  asked: Asked[];
}

/** @param hosts what stands for the vendor's other hosts: requests to these origins go to the simulator */
async function stage(
  rule: BflBehaviour,
  options: Partial<BenchOptions & ProviderDeps> & { hosts?: readonly string[] } = {},
): Promise<Stage> {
  const { timeoutMs = {}, through = async (url: string) => url, hosts = [], ...deps } = options;
  const simulator = await startBfl({ keys: [KEY], time: manualTime(), behaviour: { takesSeconds: Infinity, ...rule } });
  const real = createHttp({ allowLoopback: true });
  const asked: Asked[] = [];
  const http: Http = {
    ...real,
    json(url, request) {
      asked.push({ url, key: request.headers?.["x-key"], body: request.body });
      const { origin, pathname, search } = new URL(url);
      return real.json(hosts.includes(origin) ? simulator.url + pathname + search : url, request);
    },
  };
  return {
    simulator,
    asked,
    provider: code.create({
      http,
      key: async () => KEY,
      baseUrl: await through(simulator.url),
      timeoutMs,
      ...deps,
    }),
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
}

describeProvider("Black Forest Labs", {
  model,
  signed: true,
  pays: (path) => path.endsWith("/flux-pro-1.0-fill"),
  asks: (path) => path.endsWith("/get_result"),
  async bench(scenario, options) {
    const rule = RULES[scenario];
    return rule && stage(rule, options);
  },
});

const PHOTO = greyPng(256, 256, (x) => x);
const MASK = greyPng(256, 256, (x, y) => (x > 96 && x < 160 && y > 96 && y < 160 ? 255 : 0));
const PROMPT = "a red door";
const call = { signal: new AbortController().signal, hide: [] };
const given = (bytes: Uint8Array) => ({
  url: () => Promise.reject(new Error("unreachable")),
  bytes: async () => bytes,
});

const request: ProviderRequest = {
  jobId: "job_01",
  attempt: 1,
  model: "bfl/flux-fill",
  operation: "replace",
  prompt: PROMPT,
  n: 1,
  providerOptions: {},
  size: { width: 256, height: 256 },
  image: given(PHOTO),
  mask: given(MASK),
};

async function accepted({ provider }: Bench, change: Partial<ProviderRequest> = {}) {
  const outcome = await provider.submit({ ...request, ...change }, call);
  return outcome.state === "accepted" ? outcome.job : expect.fail("it should have been queued");
}

const failureOf = (work: Promise<unknown> | undefined) =>
  work?.then(
    () => expect.fail("it should have failed"),
    (failure: ProviderFailure) => failure,
  );

describe("what is sent to Black Forest Labs", () => {
  const plain = {
    image: PHOTO.toString("base64"),
    mask: MASK.toString("base64"),
    prompt: PROMPT,
    steps: 50,
    prompt_upsampling: false,
    guidance: 60,
    output_format: "png",
    safety_tolerance: 2,
  };

  test("the documented body, field for field, with the documented defaults", async () => {
    await using bench = await stage({});
    await accepted(bench);
    expect(bench.asked).toEqual([{ url: `${bench.simulator.url}/v1/flux-pro-1.0-fill`, key: KEY, body: plain }]);
  });

  test("every option, and a webhook with a secret of the job's own", async () => {
    await using bench = await stage({});
    await accepted(bench, {
      seed: 7,
      steps: 15,
      guidanceScale: 1.5,
      providerOptions: { promptUpsampling: true, safetyTolerance: 0 },
      callbackUrl: "https://api.example.com/webhooks/x",
    });
    expect(bench.asked[0]?.body).toEqual({
      ...plain,
      seed: 7,
      steps: 15,
      guidance: 1.5,
      prompt_upsampling: true,
      safety_tolerance: 0,
      webhook_url: "https://api.example.com/webhooks/x",
      webhook_secret: createHmac("sha256", KEY).update("bfl-webhook:job_01").digest("hex"),
    });
  });

  test("to erase, the recorded prompt where there is none", async () => {
    await using bench = await stage({});
    const { prompt: _, ...wordless } = request;
    await bench.provider.submit({ ...wordless, operation: "erase" }, call);
    expect(bench.simulator.works[0]?.prompt).toMatch(/^empty background/);
  });

  test("no webhook from behind a firewall", async () => {
    await using bench = await stage({}, { inlineImages: true });
    await accepted(bench, { callbackUrl: "https://api.example.com/webhooks/x" });
    expect(bench.asked[0]?.body).toEqual(plain);
  });

  test.each<[string, Partial<ProviderDeps>, Partial<ProviderRequest>, string]>([
    ["without a key", { key: async () => "" }, {}, "provider_unavailable"],
    ["for a model it does not have", {}, { model: "bfl/other" }, "invalid_request"],
    ["when a picture cannot be read", {}, { image: { ...given(PHOTO), bytes: () => Promise.reject("x") } }, "internal"],
  ])("nothing %s", async (_what, options, change, errorCode) => {
    await using bench = await stage({}, options);
    const failure = await failureOf(bench.provider.submit({ ...request, ...change }, call));
    expect(failure).toMatchObject({ code: errorCode, accepted: "no" });
    expect(bench.asked).toEqual([]);
  });
});

describe("Black Forest Labs, unless it is told otherwise", () => {
  test("is asked at its own address", async () => {
    const asked: string[] = [];
    const json: Http["json"] = async (url) => {
      asked.push(url);
      throw new HttpFailure("connect", "no", "not today");
    };
    const provider = code.create({ http: { ...createHttp(), json }, key: async () => KEY });
    await failureOf(provider.submit(request, call));
    await failureOf(provider.poll?.({ id: "a" }, call));
    expect(asked).toEqual(["https://api.bfl.ai/v1/flux-pro-1.0-fill", "https://api.bfl.ai/v1/get_result?id=a"]);
  });

  test("costs what its operator says, and tells a simulator", async () => {
    await using bench = await stage({}, { simulated: true });
    expect(bench.provider).toMatchObject({ simulated: true });
  });
});

describe("what Black Forest Labs refuses", () => {
  test.each<[NonNullable<BflBehaviour["refuse"]>, object]>([
    ["bad-request", { code: "provider_rejected", accepted: "no", message: expect.stringContaining("Bad request") }],
    ["invalid-key", { code: "provider_unavailable", accepted: "no", retryable: false }],
    ["forbidden", { code: "provider_unavailable", accepted: "no", retryable: false }],
    ["no-credits", { code: "provider_unavailable", accepted: "no", message: expect.stringContaining("topped up") }],
    ["unprocessable", { code: "provider_rejected", message: expect.stringContaining("body.steps: Input should be") }],
    ["rate-limit", { code: "rate_limited", accepted: "no", retryable: true }],
    ["server-error", { code: "outcome_unknown", accepted: "unknown" }],
    ["unavailable", { code: "outcome_unknown", accepted: "unknown" }],
  ])("%s", async (refuse, expected) => {
    await using bench = await stage({ refuse });
    expect(await failureOf(bench.provider.submit(request, call))).toMatchObject(expected);
    expect(bench.taken()).toBe(0);
  });

  test.each<[string, Partial<ProviderRequest>]>([
    ["too few steps", { steps: 14 }],
    ["a mask of another size", { mask: given(greyPng(128, 256, () => 255)) }],
    ["a grey mask", { mask: given(greyPng(256, 256, () => 128)) }],
    ["what is no picture", { image: given(Buffer.from("text")) }],
  ])("%s, checked by the simulator itself", async (_what, change) => {
    await using bench = await stage({});
    const failure = await failureOf(bench.provider.submit({ ...request, ...change }, call));
    expect(failure).toMatchObject({ code: "provider_rejected", accepted: "no" });
  });
});

describe("where Black Forest Labs is asked for the result", () => {
  const EU = "https://api.eu.bfl.ai";

  test.each<[NonNullable<BflBehaviour["answer"]>, string | undefined]>([
    ["own", undefined],
    ["regional", EU],
    ["foreign", undefined],
    ["none", undefined],
  ])("a polling address that is %s", async (answer, host) => {
    await using bench = await stage({ answer }, { hosts: [EU] });
    const job = await accepted(bench);
    await bench.finish();
    expect(await bench.provider.poll?.(job, call)).toMatchObject({ state: "succeeded" });
    expect(bench.asked.at(-1)).toMatchObject({
      url: `${host ?? bench.simulator.url}/v1/get_result?id=${job.id}`,
      key: KEY,
    });
    expect(JSON.stringify(job)).not.toContain("?");
  });

  test.each([
    "http://api.bfl.ai/v1/get_result",
    "https://api.bfl.ai:8443/v1/get_result",
    "https://evilbfl.ai/v1/get_result",
    "https://bfl.ai.example.com/v1/get_result",
    "https://user@api.bfl.ai/v1/get_result",
    "https://169.254.169.254/v1/get_result",
    "nonsense",
    7,
  ])("never at %s, whoever wrote it down", async (pollUrl) => {
    await using bench = await stage({});
    const { id } = await accepted(bench);
    await bench.provider.poll?.({ id, pollUrl }, call);
    expect(bench.asked.at(-1)?.url).toBe(`${bench.simulator.url}/v1/get_result?id=${id}`);
  });
});

describe("what Black Forest Labs says of a task", () => {
  test("its price, once it is ready", async () => {
    await using bench = await stage({});
    const job = await accepted(bench);
    expect(await bench.provider.poll?.(job, call)).toEqual({ state: "processing", progress: 0.5 });
    await bench.finish();
    const usage = { units: { credits: 5 }, costMicroUsd: 50_000 };
    expect(await bench.provider.poll?.(job, call)).toMatchObject({ state: "succeeded", usage });
  });

  test.each<[NonNullable<BflBehaviour["outcome"]>, object]>([
    ["Request Moderated", { code: "content_rejected", accepted: "yes", charged: "no", retryable: false }],
    ["Content Moderated", { code: "content_rejected", accepted: "yes", charged: "no", retryable: false }],
    ["Error", { code: "provider_rejected", accepted: "yes", message: expect.stringContaining("generation failed") }],
  ])("%s", async (outcome, failure) => {
    await using bench = await stage({ outcome });
    const job = await accepted(bench);
    await bench.finish();
    expect(await bench.provider.poll?.(job, call)).toMatchObject({ state: "failed", failure });
  });

  test("work that the host asked does not know may be another's: it goes on, under 404 too", async () => {
    await using bench = await stage({ outcome: "Task not found" });
    const job = await accepted(bench);
    await bench.finish();
    for (const unknown of [job, { id: "nobodys" }])
      expect(await bench.provider.poll?.(unknown, call)).toEqual({ state: "processing" });
  });

  test.each<[number, unknown, object]>([
    [200, { id: "a", status: "Thinking" }, { state: "processing" }],
    [200, { id: "a", status: "Ready", result: {} }, { code: "provider_unavailable", accepted: "yes", retryable: true }],
    [200, "<html>", { code: "provider_unavailable", accepted: "yes", retryable: true }],
    [404, "<html>", { code: "provider_unavailable", accepted: "yes", retryable: true }],
    [403, { detail: "Not authenticated" }, { code: "provider_unavailable", accepted: "yes", retryable: false }],
    [503, { status: "Error" }, { code: "provider_unavailable", accepted: "yes", retryable: true }],
  ])("%s %j", async (status, body, expected) => {
    await using server = await startHttp((_, response) => response.writeHead(status).end(JSON.stringify(body)));
    const http = createHttp({ allowLoopback: true });
    onTestFinished(() => http.close());
    const provider = code.create({ http, key: async () => KEY, baseUrl: server.origin });
    const told = await provider.poll?.({ id: "a" }, call).catch((failure: ProviderFailure) => failure);
    expect(told).toMatchObject(expected);
  });

  test("a result's link lives ten minutes", async () => {
    const time = manualTime();
    await using simulator = await startBfl({ keys: [KEY], time });
    const http = createHttp({ allowLoopback: true });
    onTestFinished(() => http.close());
    const provider = code.create({ http, key: async () => KEY, baseUrl: simulator.url });
    const outcome = await provider.submit(request, call);
    time.advance(2_000);
    const polled = await provider.poll?.(outcome.job ?? { id: "" }, call);
    const [output] = polled?.state === "succeeded" ? polled.outputs : [];
    expect((await output?.read(call.signal))?.length).toBeGreaterThan(0);
    time.advance(10 * 60_000);
    expect(await failureOf(output?.read(call.signal))).toMatchObject({ code: "provider_unavailable", accepted: "yes" });
  });
});

describe("a callback of Black Forest Labs", () => {
  const secret = createHmac("sha256", KEY).update("bfl-webhook:job_01").digest("hex");
  const signature = (text: string, by = secret) => `sha256=${createHmac("sha256", by).update(text).digest("hex")}`;
  const callback = (body: unknown, change: Partial<Callback> = {}): Callback => {
    const text = JSON.stringify(body);
    const headers = { "x-bfl-signature": signature(text) };
    return { body, bytes: Buffer.from(text), headers, jobId: "job_01", receivedAt: 0, ...change };
  };
  const ready = { id: "task-1", status: "Ready", result: { sample: "https://bfl.example.com/x.png" } };

  test.each<[object, object]>([
    [ready, { state: "succeeded", job: { id: "task-1" } }],
    [
      { task_id: "task-1", status: "Pending" },
      { state: "processing", job: { id: "task-1" } },
    ],
    [
      { id: "task-1", status: "Error", error: "content_policy_violation" },
      { state: "failed", job: { id: "task-1" } },
    ],
    [
      { id: "task-1", status: "Request Moderated" },
      { state: "failed", job: { id: "task-1" } },
    ],
    [{ id: "task-1" }, { state: "unknown" }],
  ])("that says %j is a hint", async (body, hint) => {
    await using bench = await stage({});
    expect(await bench.provider.readCallback?.(callback(body))).toEqual(hint);
  });

  test.each<[string, Partial<Callback>, Partial<ProviderDeps>]>([
    ["is unsigned", { headers: {} }, {}],
    ["was changed", { bytes: Buffer.from(`${JSON.stringify(ready)} `) }, {}],
    ["is another job's", { jobId: "job_02" }, {}],
    ["is signed with the key itself", { headers: { "x-bfl-signature": signature(JSON.stringify(ready), KEY) } }, {}],
    ["is signed halfway", { headers: { "x-bfl-signature": signature(JSON.stringify(ready)).slice(0, 40) } }, {}],
    ["names no method", { headers: { "x-bfl-signature": signature(JSON.stringify(ready)).slice(7) } }, {}],
    ["comes when there is no key", {}, { key: async () => "" }],
    ["comes when the key cannot be read", {}, { key: () => Promise.reject(new Error("no")) }],
  ])("that %s says nothing", async (_what, change, deps) => {
    await using bench = await stage({}, deps);
    expect(await bench.provider.readCallback?.(callback(ready, change))).toEqual({ state: "unknown" });
  });
});

describe("a key of Black Forest Labs", () => {
  const http = createHttp({ allowLoopback: true });

  test.each([
    [KEY, "works"],
    ["another", "refused"],
  ])("%s: %s", async (key, verdict) => {
    await using simulator = await startBfl({ keys: [KEY], time: manualTime() });
    expect(await code.checkKey?.({ http, key: async () => key, baseUrl: simulator.url })).toMatchObject({
      key: verdict,
    });
    expect(simulator.works).toEqual([]);
  });

  test.each([
    [402, { detail: "Insufficient credits" }, "refused"],
    [500, "<html>", "unclear"],
    [200, "<html>", "unclear"],
  ])("%s %j: %s", async (status, body, verdict) => {
    await using server = await startHttp((_, response) => response.writeHead(status).end(JSON.stringify(body)));
    expect(await code.checkKey?.({ http, key: async () => KEY, baseUrl: server.origin })).toMatchObject({
      key: verdict,
    });
  });

  test("a vendor that is not reached tells nothing", async () => {
    const key = async () => Promise.reject(new Error(KEY));
    const verdict = await code.checkKey?.({ http, key, baseUrl: "http://127.0.0.1:9" });
    expect(verdict).toMatchObject({ key: "unclear", says: expect.not.stringContaining(KEY) });
  });
});
