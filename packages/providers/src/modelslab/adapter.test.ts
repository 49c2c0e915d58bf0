import type { ProviderFailure, ProviderRequest } from "@infill/core";
import { describe, expect, test } from "vitest";
import { createHttp } from "../http.ts";
import type { ProviderDeps } from "../load.ts";
import { greyPng } from "../testing/png.ts";
import { startHttp } from "../testing/servers.ts";
import { createModelsLab } from "./adapter.ts";

/** The vendor's wire, byte for byte: answers as documented or seen, each given once to whoever asks. */

const KEY = "canary-key";
const PROMPT = "a canary-prompt on a bench";
const PNG = greyPng(8, 8, () => 128);
const call = { signal: new AbortController().signal, hide: [] };

const request: ProviderRequest = {
  jobId: "job_1",
  attempt: 1,
  model: "modelslab/inpaint",
  operation: "replace",
  prompt: PROMPT,
  n: 1,
  providerOptions: {},
  size: { width: 512, height: 768 },
  image: { url: async () => "https://s3.example.com/i?X-Amz-Signature=canary", bytes: async () => PNG },
  mask: { url: async () => "https://s3.example.com/m?X-Amz-Signature=canary", bytes: async () => PNG },
};

interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** `{origin}` in a string body stands for the server's own. */
  body: unknown;
}

/** A vendor that gives one reply to every POST, and files to every GET. */
async function vendor(
  reply: Reply,
  { files = {}, ...options }: Partial<ProviderDeps> & { files?: Record<string, string | Buffer> } = {},
) {
  const seen: { path: string | undefined; body: Record<string, unknown> }[] = [];
  const server = await startHttp(async (incoming, response) => {
    if (incoming.method === "GET") {
      const file = files[incoming.url ?? ""];
      response.writeHead(file === undefined ? 404 : 200, { "Content-Type": "image/png" }).end(file);
      return;
    }
    seen.push({ path: incoming.url, body: JSON.parse(`${Buffer.concat(await incoming.toArray())}`) });
    const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
    response.writeHead(reply.status ?? 200, reply.headers).end(text.replaceAll("{origin}", server.origin));
  });
  const provider = createModelsLab({
    http: createHttp({ allowLoopback: true }),
    key: async () => KEY,
    baseUrl: server.origin,
    now: () => 1_000_000,
    ...options,
  });
  return { provider, seen, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function failureOf(work: Promise<unknown>) {
  const error = await work.then(
    () => expect.fail("it should have failed"),
    (thrown: ProviderFailure) => thrown,
  );
  expect(error.name, String(error)).toBe("ProviderFailure");
  expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toMatch(/canary/);
  const { code, accepted, retryable, options } = error;
  const wait = options.retryAfterSeconds;
  return { code, accepted, retryable, ...(wait === undefined ? {} : { wait }) };
}

const UNKNOWN = { code: "outcome_unknown", accepted: "unknown", retryable: false };
const REFUSED = { code: "provider_rejected", accepted: "no", retryable: false };
const BAD_KEY = { code: "provider_unavailable", accepted: "no", retryable: false };
const LATER = { code: "provider_unavailable", accepted: "no", retryable: true };
const BUSY = { code: "rate_limited", accepted: "no", retryable: true };

describe("what is sent", () => {
  const processing = { body: { status: "processing", id: 1 } };

  test("the documented body, with the documented types", async () => {
    await using modelsLab = await vendor(processing);
    await modelsLab.provider.submit({ ...request, callbackUrl: "https://api.example.com/webhooks/x" }, call);
    expect(modelsLab.seen).toEqual([
      {
        path: "/api/v6/image_editing/inpaint",
        body: {
          key: KEY,
          prompt: PROMPT,
          negative_prompt: null,
          init_image: "https://s3.example.com/i?X-Amz-Signature=canary",
          mask_image: "https://s3.example.com/m?X-Amz-Signature=canary",
          width: 512,
          height: 768,
          samples: 1,
          num_inference_steps: 30,
          safety_checker: "yes",
          enhance_prompt: "yes",
          guidance_scale: 5,
          strength: 0.7,
          base64: false,
          seed: null,
          webhook: "https://api.example.com/webhooks/x",
          track_id: 1,
        },
      },
    ]);
  });

  test("every option the model takes", async () => {
    await using modelsLab = await vendor(processing);
    await modelsLab.provider.submit(
      {
        ...request,
        negativePrompt: "fog",
        n: 4,
        seed: 0,
        strength: 0,
        guidanceScale: 2,
        steps: 7,
        providerOptions: { enhancePrompt: false, safetyChecker: false },
      },
      call,
    );
    expect(modelsLab.seen[0]?.body).toMatchObject({
      negative_prompt: "fog",
      samples: 4,
      seed: 0,
      strength: 0,
      guidance_scale: 2,
      num_inference_steps: 7,
      enhance_prompt: "no",
      safety_checker: "no",
      webhook: null,
      track_id: null,
    });
  });

  test("to erase: the recorded prompt where there is none, unembellished, and nothing kept of what was there", async () => {
    await using modelsLab = await vendor(processing);
    const { prompt: _, ...wordless } = request;
    await modelsLab.provider.submit({ ...wordless, operation: "erase" }, call);
    await modelsLab.provider.submit({ ...request, operation: "erase", strength: 0.5 }, call);
    const [recorded, own] = modelsLab.seen;
    expect(recorded?.body).toMatchObject({
      prompt: expect.stringMatching(/^empty background/),
      enhance_prompt: "no",
      strength: 1,
    });
    expect(own?.body).toMatchObject({ prompt: PROMPT, enhance_prompt: "no", strength: 0.5 });
  });

  test("from behind a firewall: the pictures themselves, and no callback is asked for", async () => {
    await using modelsLab = await vendor(processing, { inlineImages: true });
    await modelsLab.provider.submit({ ...request, callbackUrl: "https://api.example.com/webhooks/x" }, call);
    const uri = `data:image/png;base64,${PNG.toString("base64")}`;
    expect(modelsLab.seen[0]?.body).toMatchObject({ base64: true, init_image: uri, mask_image: uri, webhook: null });
  });

  test.each<[string, Partial<ProviderDeps>, Partial<ProviderRequest>, string]>([
    ["without a key", { key: async () => "" }, {}, "provider_unavailable"],
    ["when the key cannot be read", { key: async () => Promise.reject(new Error("canary")) }, {}, "internal"],
    ["without a prompt", {}, { prompt: "" }, "invalid_request"],
    ["for a model it does not have", {}, { model: "modelslab/other" }, "invalid_request"],
  ])("nothing %s", async (_what, options, change, code) => {
    await using modelsLab = await vendor(processing, options);
    expect(await failureOf(modelsLab.provider.submit({ ...request, ...change }, call))).toMatchObject({
      code,
      accepted: "no",
    });
    expect(modelsLab.seen).toEqual([]);
  });
});

describe("a submit that is answered", () => {
  test.each<[string, unknown, unknown]>([
    ["an int id", { id: 12384052, eta: 20 }, { job: { id: "12384052" }, etaSeconds: 20 }],
    ["a string id and a string eta", { id: "abc-1", eta: "3.5" }, { job: { id: "abc-1" }, etaSeconds: 3.5 }],
    ["nonsense around the id", { id: 7, eta: "soon", output: "", proxy_links: null }, { job: { id: "7" } }],
    [
      "a fetch_result of its own",
      { id: 7, fetch_result: "{origin}/api/v6/images/fetch/7" },
      { job: { id: "7", fetchPath: "/api/v6/images/fetch/7" } },
    ],
    [
      "the id in fetch_result only",
      { id: "", fetch_result: "{origin}/api/v6/images/fetch/7" },
      { job: { id: "7", fetchPath: "/api/v6/images/fetch/7" } },
    ],
    [
      "a foreign fetch_result",
      { id: 7, fetch_result: "https://evil.example.com/api/v6/fetch/7" },
      { job: { id: "7" } },
    ],
    ["another work's fetch_result", { id: 7, fetch_result: "{origin}/api/v6/images/fetch/8" }, { job: { id: "7" } }],
    ["success before the picture", { status: "success", id: 7, output: [], future_links: ["x"] }, { job: { id: "7" } }],
  ])("is accepted, with %s", async (_what, body, outcome) => {
    await using modelsLab = await vendor({ body: JSON.stringify({ status: "processing", ...(body as object) }) });
    expect(await modelsLab.provider.submit(request, call)).toEqual({ state: "accepted", ...(outcome as object) });
  });

  const base64 = PNG.toString("base64");
  const files = {
    "/a.png": PNG,
    "/text": base64,
    "/wrapped": base64.replace(/.{76}/g, "$&\r\n"),
    "/uri": `data:image/png;base64,${base64}`,
    "/page": "<html>not here</html>",
  };

  test.each<[string, object]>([
    ["a link", { output: ["{origin}/a.png"] }],
    ["a lone link", { output: "{origin}/a.png" }],
    ["links by index", { output: { "0": "{origin}/a.png" } }],
    ["a data URI", { output: [`data:image/png;base64,${base64}`] }],
    ["bare base64", { output: [base64] }],
    ["a link to base64", { output: ["{origin}/text"] }],
    ["a link to base64 in lines", { output: ["{origin}/wrapped"] }],
    ["a link to a data URI", { output: ["{origin}/uri"] }],
    ["a dead link and a proxy's", { output: ["{origin}/gone"], proxy_links: { "0": "{origin}/a.png" } }],
    ["a proxy's link alone", { output: [], proxy_links: ["{origin}/a.png"] }],
    [
      "two dead links and a future one",
      { output: ["{origin}/gone"], proxy_links: ["{origin}/page"], future_links: ["{origin}/a.png"] },
    ],
    ["a link inside and a proxy's", { output: ["http://169.254.169.254/x"], proxy_links: ["{origin}/a.png"] }],
  ])("has succeeded, with %s", async (_what, body) => {
    await using modelsLab = await vendor({ body: JSON.stringify({ status: "success", id: 9, ...body }) }, { files });
    const outcome = await modelsLab.provider.submit(request, call);
    expect(outcome).toMatchObject({ state: "succeeded", job: { id: "9" } });
    const [output] = outcome.state === "succeeded" ? outcome.outputs : [];
    expect(Buffer.from((await output?.read(call.signal)) ?? [])).toEqual(PNG);
  });

  test("keeps several pictures apart", async () => {
    await using modelsLab = await vendor(
      { body: '{"status":"success","output":["{origin}/gone","{origin}/a.png"],"proxy_links":["{origin}/b.png"]}' },
      { files: { "/a.png": greyPng(1, 1, () => 1), "/b.png": greyPng(1, 1, () => 2) } },
    );
    const outcome = await modelsLab.provider.submit(request, call);
    const outputs = outcome.state === "succeeded" ? outcome.outputs : [];
    const read = await Promise.all(outputs.map(async (output) => Buffer.from(await output.read(call.signal))));
    expect(read).toEqual([greyPng(1, 1, () => 2), greyPng(1, 1, () => 1)]);
  });

  test.each<[string, string, object]>([
    ["points inside", "http://10.0.0.1/x.png", { code: "provider_rejected", retryable: false }],
    ["is a cloud's metadata address", "http://169.254.169.254/x", { code: "provider_rejected", retryable: false }],
    ["is that address in decimal", "https://2852039166/x", { code: "provider_rejected", retryable: false }],
    ["is a metadata name", "https://metadata.google.internal/x", { code: "provider_rejected", retryable: false }],
    ["is no link", "ftp://example.com/canary", { code: "provider_rejected", retryable: false }],
    ["leads to a page", "{origin}/page", { code: "provider_rejected", retryable: false }],
    ["leads nowhere yet", "{origin}/gone", { code: "provider_unavailable", retryable: true }],
    ["is base64 of something else", "Y2FuYXJ5", { code: "provider_rejected", retryable: false }],
  ])("has a result that %s", async (_what, link, expected) => {
    await using modelsLab = await vendor({ body: `{"status":"success","id":9,"output":["${link}"]}` }, { files });
    const outcome = await modelsLab.provider.submit(request, call);
    const [output] = outcome.state === "succeeded" ? outcome.outputs : [];
    expect(await failureOf(output?.read(call.signal) ?? Promise.resolve())).toEqual({ accepted: "yes", ...expected });
  });

  const error = (message: unknown, more: object = {}) => ({ body: { status: "error", message, ...more } });
  const failed = (message: string, id: unknown) => ({ body: { status: "failed", id, message, output: "" } });

  test.each<[string, Reply, object]>([
    ["a sentence", error("width must be between 256 and 1024"), REFUSED],
    ["sentences by field", error({ prompt: ["The prompt field is required."] }), REFUSED],
    ["the older spelling", { body: { status: "error", messege: "height must be divisible by 8", tip: "…" } }, REFUSED],
    ["a failure without an id", failed("Unable to fetch image from provided URL", ""), REFUSED],
    [
      "words that repeat the prompt, the key and a signed link",
      error(`${PROMPT}: ${KEY} https://s3/?s=canary`),
      REFUSED,
    ],
    ["a real 400", { status: 400, ...error("height must be divisible by 8") }, REFUSED],
    ["a 404 page", { status: 404, body: "<html>" }, REFUSED],
    ["a wrong key under 200", error("Invalid Api Key"), BAD_KEY],
    ["a wrong key by field", error({ key: ["Invalid Api Key"] }), BAD_KEY],
    ["401", { status: 401, ...error("Unauthenticated.") }, BAD_KEY],
    ["403", { status: 403, body: "" }, BAD_KEY],
    ["402", { status: 402, ...error("You have insufficient credits.") }, BAD_KEY],
    ["warming up", failed("Failed, Try Again", ""), LATER],
    ["warming up, with its own status", { status: 503, ...failed("Failed, Try Again", "") }, LATER],
    [
      "429 with a wait in the body",
      { status: 429, ...error("Rate limit exceeded.", { retry_after: 30 }) },
      { ...BUSY, wait: 30 },
    ],
    ["429 with Retry-After", { status: 429, headers: { "Retry-After": "12" }, body: "" }, { ...BUSY, wait: 12 }],
    [
      "429 with a reset time",
      { status: 429, headers: { "X-RateLimit-Reset": "1090" }, body: "" },
      { ...BUSY, wait: 90 },
    ],
    [
      "429 with a reset time gone by",
      { status: 429, headers: { "X-RateLimit-Reset": "5" }, body: "" },
      { ...BUSY, wait: 1 },
    ],
    ["429 with nothing", { status: 429, body: "" }, BUSY],
    [
      "a rate limit under 200",
      error("Rate limit exceeded. Maximum 5 queued requests allowed.", { retry_after: "9" }),
      { ...BUSY, wait: 9 },
    ],
    ["500 in the vendor's words", { status: 500, ...error("Server error") }, UNKNOWN],
    ["its server's fault under 200", error("Server error, please try again later."), UNKNOWN],
    ["502 from a proxy", { status: 502, body: "<html>Bad Gateway" }, UNKNOWN],
    ["503", { status: 503, ...error("Rate limit exceeded") }, UNKNOWN],
    ["408", { status: 408, body: "" }, UNKNOWN],
    ["a redirect", { status: 302, headers: { Location: "/elsewhere" }, body: "" }, UNKNOWN],
    ["200 and nothing", { body: "" }, UNKNOWN],
    ["200 and a page", { body: "<html>" }, UNKNOWN],
    ["200 and half a JSON", { body: '{"status":"processing","id":' }, UNKNOWN],
    ["200 and no status", { body: { id: 1 } }, UNKNOWN],
    ["200 and a list", { body: [] }, UNKNOWN],
    ["200 and null", { body: "null" }, UNKNOWN],
    ["processing without an id", { body: { status: "processing", eta: 1 } }, UNKNOWN],
    ["an id that could leave its path", { body: { status: "processing", id: "../../x" } }, UNKNOWN],
    ["success without id or picture", { body: { status: "success", output: [] } }, UNKNOWN],
    ["a failure with an id", failed("CUDA out of memory", 77), { ...REFUSED, accepted: "yes" }],
    [
      "a flagged picture",
      { body: { status: "success", id: 1, output: ["{origin}/a.png"], nsfw_content_detected: true } },
      { code: "content_rejected", accepted: "yes", retryable: false },
    ],
  ])("says %s", async (_what, reply, expected) => {
    await using modelsLab = await vendor(reply);
    expect(await failureOf(modelsLab.provider.submit(request, call))).toEqual(expected);
    expect(modelsLab.seen).toHaveLength(1);
  });

  test("shows the vendor's own words, bounded and on one line", async () => {
    await using modelsLab = await vendor(error({ prompt: [`Too\n\u0007 long: ${PROMPT}`], width: ["x".repeat(400)] }));
    const error_ = await modelsLab.provider.submit(request, call).catch((thrown: Error) => thrown);
    expect(error_).toHaveProperty(
      "message",
      expect.stringMatching(/^ModelsLab refused: prompt: Too long: \[…\]; width: x+…$/),
    );
    expect((error_ as Error).message.length).toBeLessThanOrEqual("ModelsLab refused: ".length + 300);
  });
});

describe("a question about accepted work", () => {
  const job = { id: "55" };

  test("goes to the vendor's own address by id, with the key", async () => {
    await using modelsLab = await vendor({ body: { status: "processing", message: "Try Again", output: "" } });
    expect(await modelsLab.provider.poll?.(job, call)).toEqual({ state: "processing" });
    await modelsLab.provider.poll?.({ ...job, fetchPath: "/api/v6/images/fetch/55" }, call);
    expect(modelsLab.seen).toEqual([
      { path: "/api/v6/image_editing/fetch/55", body: { key: KEY } },
      { path: "/api/v6/images/fetch/55", body: { key: KEY } },
    ]);
  });

  test.each<[string, object, object]>([
    ["processing", { status: "processing", eta: 4 }, { state: "processing", etaSeconds: 4 }],
    ["not there yet", { status: "success", output: [], id: 55 }, { state: "processing" }],
    ["done", { status: "success", output: ["{origin}/a.png"] }, { state: "succeeded" }],
    [
      "done, under its future link",
      { status: "success", output: "", future_links: ["{origin}/a.png"] },
      { state: "succeeded" },
    ],
  ])("is answered: %s", async (_what, body, outcome) => {
    await using modelsLab = await vendor({ body });
    expect(await modelsLab.provider.poll?.(job, call)).toMatchObject(outcome);
  });

  test.each<[string, object, object]>([
    ["error", { status: "error", message: "CUDA out of memory" }, { code: "provider_rejected", retryable: false }],
    [
      "failed",
      { status: "failed", message: "Failed, Try Again", id: "" },
      { code: "provider_rejected", retryable: true },
    ],
    ["flagged", { status: "success", output: ["x"], nsfw_content_detected: "true" }, { code: "content_rejected" }],
  ])("is answered for good: %s", async (_what, body, failure) => {
    await using modelsLab = await vendor({ body });
    expect(await modelsLab.provider.poll?.(job, call)).toMatchObject({
      state: "failed",
      failure: { accepted: "yes", charged: "unknown", ...failure },
    });
  });

  test.each<[string, Reply, object]>([
    [
      "429",
      { status: 429, body: { status: "error", retry_after: 8 } },
      { code: "rate_limited", retryable: true, wait: 8 },
    ],
    [
      "a rate limit under 200",
      { body: { status: "error", message: "Rate limit exceeded" } },
      { code: "rate_limited", retryable: true },
    ],
    [
      "500",
      { status: 500, body: { status: "error", message: "x" } },
      { code: "provider_unavailable", retryable: true },
    ],
    ["a proxy's page", { status: 502, body: "<html>" }, { code: "provider_unavailable", retryable: true }],
    ["nothing readable", { body: "<html>" }, { code: "provider_unavailable", retryable: true }],
    ["a refused key", { status: 401, body: "" }, { code: "provider_unavailable", retryable: false }],
  ])("is not answered: %s", async (_what, reply, expected) => {
    await using modelsLab = await vendor(reply);
    expect(await failureOf(modelsLab.provider.poll?.(job, call) ?? Promise.resolve())).toEqual({
      accepted: "yes",
      ...expected,
    });
  });
});

describe("a callback", () => {
  const { readCallback } = createModelsLab({ http: createHttp(), key: async () => KEY });

  test.each<[unknown, object]>([
    [
      { status: "success", id: 5, output: ["x"], track_id: 1 },
      { state: "succeeded", job: { id: "5" } },
    ],
    [
      { status: "success", id: "5", output: [] },
      { state: "succeeded", job: { id: "5" } },
    ],
    [
      { status: "failed", id: 5, message: "x" },
      { state: "failed", job: { id: "5" } },
    ],
    [{ status: "Processing" }, { state: "processing" }],
    [{ status: "success", id: { $gt: 0 } }, { state: "succeeded" }],
    [{}, { state: "unknown" }],
    [null, { state: "unknown" }],
    ["success", { state: "unknown" }],
    [[{ status: "success" }], { state: "unknown" }],
  ])("%j is read as %j", async (body, hint) => {
    expect(
      await readCallback?.({ body, bytes: new Uint8Array(), headers: {}, jobId: "job_01", receivedAt: 0 }),
    ).toEqual(hint);
  });
});
