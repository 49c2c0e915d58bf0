import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { photo } from "./testing/pictures.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

interface ProblemBody {
  type: string;
  code: string;
  status: number;
  detail: string;
  retryable: boolean;
  pointer?: string;
}

const flat = (width: number, height: number, background: string) =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();

const half = (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2);

describe("what is refused", () => {
  let t: TestStack;
  beforeAll(async () => {
    t = await startTestStack();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const problem = async (answer: Response): Promise<ProblemBody> => {
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    const body = (await answer.json()) as ProblemBody;
    expect(body).toMatchObject({ status: answer.status, type: `urn:infill:problem:${body.code}` });
    return body;
  };
  const jobs = async () => ((await (await t.api("/v1/jobs?limit=100")).json()) as { data: unknown[] }).data.length;

  test.each([
    ["no key", undefined],
    ["another key", `key_${"0".repeat(26)}_${"x".repeat(43)}`],
    ["nonsense", "hunter2"],
  ])("%s: unauthorized", async (_, key) => {
    const answer = await fetch(
      `${t.stack.url}/v1/models`,
      key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
    );
    expect(await problem(answer)).toMatchObject({ code: "unauthorized", status: 401 });
    expect(answer.headers.get("www-authenticate")).toContain("Bearer");
  });

  test.each([
    ["an unknown model", { model: "acme/paint" }, "unsupported_option", "/model", "local/fill"],
    [
      "an option the model does not take",
      { strength: 0.5 },
      "unsupported_option",
      "/strength",
      "does not take strength",
    ],
    [
      "a too long prompt",
      { model: "modelslab/inpaint", prompt: "x".repeat(32_000) },
      "unsupported_option",
      "/prompt",
      "at most",
    ],
    ["a prompt beyond every model", { prompt: "x".repeat(32_001) }, "invalid_request", "/prompt", "32000"],
    ["an unknown field", { colour: "red" }, "invalid_request", "/colour", "not a known field"],
    ["an upload that is unknown", { image: `ast_${"0".repeat(26)}` }, "asset_missing", "/image", "no upload"],
    ["a result that is unknown", { image: { job: `job_${"0".repeat(26)}` } }, "asset_missing", "/image", "no result 0"],
  ])("%s", async (_, change, code, pointer, words) => {
    const before = await jobs();
    const body = await problem(await t.ask(change, { headers: { "idempotency-key": `refused-${code}-${pointer}` } }));
    expect(body).toMatchObject({ code, status: 422, pointer });
    expect(body.detail).toContain(words);
    expect(await jobs()).toBe(before);
  });

  test.each([
    "http://example.com/hook",
    "https://10.0.0.1/hook",
    "https://3232235777/hook",
    "https://user:word@example.com/hook",
    "https://metadata.google.internal/",
  ])("a webhook that would never be delivered: %s", async (webhook) => {
    expect(await problem(await t.ask({ webhook }))).toMatchObject({ code: "invalid_request", pointer: "/webhook" });
  });

  test("a field that JavaScript would hide", async () => {
    const body = `{"image":"${t.image}","mask":"${t.white}","model":"local/fill","metadata":{"__proto__":"x"}}`;
    const answer = await t.api("/v1/inpaint", {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect(await problem(answer)).toMatchObject({ code: "invalid_request" });
  });

  test("but not a prompt that speaks of one", async () => {
    expect((await t.ask({ prompt: '"__proto__" on a blackboard' })).status).toBe(202);
  });

  test("a refusal does not spend its idempotency key", async () => {
    const headers = { "idempotency-key": "spent-or-not" };
    await problem(await t.ask({ strength: 0.5 }, { headers }));
    const answer = await t.ask({}, { headers });
    expect(answer.status).toBe(202);
    await t.finish(((await answer.json()) as { id: string }).id);
  });

  test("an upload that was signed and never sent", async () => {
    const signed = (await (
      await t.api("/v1/uploads", { json: { contentType: "image/png", contentLength: 10 } })
    ).json()) as { id: string };
    expect(await (await t.api(`/v1/uploads/${signed.id}`)).json()).toMatchObject({ status: "pending" });
    const body = await problem(await t.ask({ image: signed.id }));
    expect(body).toMatchObject({ code: "asset_missing", pointer: "/image" });
    expect(body.detail).toContain("/renew");
  });

  test.each([
    ["a mask of another aspect", () => flat(200, 240, "white"), "mask", "mask_mismatch", "200×240"],
    ["a mask that would fit turned", () => flat(240, 320, "white"), "mask", "mask_mismatch", "90°"],
    [
      "what is no picture",
      async () => Buffer.from("hello, I am no picture"),
      "image",
      "asset_invalid",
      "not a picture",
    ],
    [
      "a bomb",
      () =>
        sharp({ create: { width: 16_000, height: 16_000, channels: 3, background: "white" }, limitInputPixels: false })
          .png()
          .toBuffer(),
      "image",
      "asset_invalid",
      "16000x16000",
    ],
  ] as const)("%s, from its header alone", async (_, make, field, code, words) => {
    const asset = await t.upload(await make());
    const before = await jobs();
    const body = await problem(await t.ask({ [field]: asset }));
    expect(body).toMatchObject({ code, status: 422, pointer: `/${field}` });
    expect(body.detail).toContain(words);
    expect(await jobs()).toBe(before);
  });

  test.each([
    ["an empty mask", async () => ({ mask: await t.upload(await flat(320, 240, "black")) }), "mask_mismatch"],
    [
      "a mask that leaves nothing to fill from",
      async () => ({ mask: await t.upload(await flat(320, 240, "white")) }),
      "mask_mismatch",
    ],
    ["a truncated photo", async () => ({ image: await t.upload(half(await photo())) }), "asset_invalid"],
    ["an alpha mask without alpha", async () => ({ edit: { maskConvention: "alpha" } }), "mask_mismatch"],
  ] as const)("%s fails the job before anything is spent", async (_, make, code) => {
    const answer = await t.ask(await make());
    expect(answer.status).toBe(202);
    const job = await t.finish(((await answer.json()) as { id: string }).id);
    expect(job).toMatchObject({ status: "failed", error: { code, retryable: false }, cost: { state: "refunded" } });
    expect(await t.stored(`w/${job.id}/image.png`)).toBe(false);
  });

  describe("by storage", () => {
    const sign = async (json: object = {}) =>
      (await (
        await t.api("/v1/uploads", { json: { contentType: "image/png", contentLength: 4, ...json } })
      ).json()) as {
        id: string;
        url: string;
        headers: Record<string, string>;
      };
    const put = (url: string, headers: Record<string, string>, body: string) =>
      fetch(url, { method: "PUT", headers, body });

    test("another length or type than was signed, and a second upload", async () => {
      const { url, headers } = await sign();
      const { "content-length": _, ...others } = headers;
      expect((await put(url, others, "12345")).status).toBe(403);
      expect((await put(url, { ...headers, "content-type": "image/jpeg" }, "1234")).status).toBe(403);
      expect((await put(url, headers, "1234")).status).toBe(200);
      expect((await put(url, headers, "1234")).status).toBe(412);
    });

    test("a copy of somebody else's object", async () => {
      const secret = await t.edit();
      const { id, url, headers } = await sign();
      const copy = { ...headers, "x-amz-copy-source": `/infill/r/${secret.id}/0.png` };
      await put(url, copy, "1234");
      const body = await problem(await t.ask({ image: id }));
      expect(body).toMatchObject({ code: "asset_invalid", detail: expect.stringContaining("not a picture") });
    });

    test("bytes that are not those of the checksum", async () => {
      const { url, headers } = await sign({ sha256: "0".repeat(64) });
      expect((await put(url, headers, "1234")).status).toBe(400);
    });

    test("an expired url; renewing gives one that works", async () => {
      const { id, url, headers } = await sign();
      const expired = new URL(url);
      const credential = expired.searchParams.get("X-Amz-Credential") ?? "";
      expired.searchParams.set("X-Amz-Date", "20200101T000000Z");
      expired.searchParams.set("X-Amz-Credential", credential.replace(/\/\d{8}\//, "/20200101/"));
      expect((await put(expired.href, headers, "1234")).status).toBe(403);
      const renewed = (await (await t.api(`/v1/uploads/${id}/renew`, { method: "POST" })).json()) as {
        url: string;
        headers: Record<string, string>;
      };
      expect((await put(renewed.url, renewed.headers, "1234")).status).toBe(200);
    });
  });

  test("an upload of a type or size that cannot be used", async () => {
    const heic = await problem(await t.api("/v1/uploads", { json: { contentType: "image/heic", contentLength: 10 } }));
    expect(heic).toMatchObject({ code: "asset_invalid", pointer: "/contentType" });
    for (const words of ["PHPickerConfiguration", "Bitmap.compress", "launchImageLibraryAsync"])
      expect(heic.detail).toContain(words);
    const large = await problem(
      await t.api("/v1/uploads", { json: { contentType: "image/png", contentLength: 40_000_000 } }),
    );
    expect(large).toMatchObject({ code: "invalid_request", pointer: "/contentLength" });
  });

  test("another tenant's uploads, jobs and results, as if there were none", async () => {
    const stranger = await t.newKey("stranger");
    const mine = await t.edit({});
    for (const path of [`/v1/jobs/${mine.id}`, `/v1/jobs/${mine.id}/results/0`, `/v1/uploads/${t.image}`]) {
      expect(await problem(await t.api(path, { key: stranger }))).toMatchObject({ code: "not_found", status: 404 });
    }
    expect(await problem(await t.ask({}, { key: stranger }))).toMatchObject({ code: "asset_missing" });
    expect(await problem(await t.api(`/v1/jobs/${mine.id}/cancel`, { method: "POST", key: stranger }))).toMatchObject({
      code: "not_found",
    });
    expect(await (await t.api("/v1/jobs", { key: stranger })).json()).toMatchObject({ data: [] });
  });

  test("an unknown job, an unknown path, a wrong cursor", async () => {
    expect(await problem(await t.api(`/v1/jobs/job_${"0".repeat(26)}`))).toMatchObject({ code: "not_found" });
    expect(await problem(await t.api("/v2/edit"))).toMatchObject({ code: "not_found" });
    expect(await problem(await t.api("/v1/jobs?after=nonsense"))).toMatchObject({ code: "invalid_request" });
    expect(await problem(await t.api("/v1/jobs?limit=0"))).toMatchObject({ code: "invalid_request" });
  });

  test("a body of a megabyte, broken JSON, deep JSON, another type", async () => {
    const raw = (body: string, type = "application/json") =>
      t.api("/v1/inpaint", { method: "POST", body, headers: { "content-type": type } });
    expect(await problem(await raw("x".repeat(1_000_000)))).toMatchObject({ code: "invalid_request", status: 413 });
    expect(await problem(await raw('{"model":'))).toMatchObject({ code: "invalid_request", status: 400 });
    expect(await problem(await raw(`${"[".repeat(40)}${"]".repeat(40)}`))).toMatchObject({
      code: "invalid_request",
      status: 400,
    });
    expect(await problem(await raw("{}", "text/plain"))).toMatchObject({ code: "invalid_request", status: 415 });
    expect(await problem(await raw("null"))).toMatchObject({ code: "invalid_request", status: 422 });
  });

  test("a callback whose path is forged, or whose job is over: one uniform 404", async () => {
    const over = await t.finish(
      ((await (await t.ask({ model: "modelslab/inpaint", prompt: "a hat" })).json()) as { id: string }).id,
    );
    const genuine = t.modelsLab.callbacks.at(-1)?.url ?? "";
    expect(genuine).toContain(over.id);
    const post = (url: string) => fetch(url, { method: "POST", body: "{}" });
    const answers = await Promise.all(
      [
        genuine,
        genuine.slice(0, -1) + (genuine.endsWith("A") ? "B" : "A"),
        genuine.replace("modelslab", "other"),
        `${t.stack.url}/webhooks/modelslab/x`,
      ].map(async (url) => ({ ...(await problem(await post(url))), requestId: "" })),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ code: "not_found" });
  });

  test("a result link that is forged", async () => {
    const job = await t.edit({});
    const link = job.results[0]?.link ?? "";
    expect((await fetch(link)).status).toBe(200);
    expect(await problem(await fetch(`${link.slice(0, -2)}AA`))).toMatchObject({ code: "not_found" });
  });
});
