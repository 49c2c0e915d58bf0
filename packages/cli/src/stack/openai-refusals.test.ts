import { request as httpRequest } from "node:http";
import { photo } from "@infill/functions/testing";
import OpenAI from "openai";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { during, openAiClient, pngFile, withHole } from "./testing/openai.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

let t: TestStack;
let client: OpenAI;
let image: File;
let hole: File;
beforeAll(async () => {
  t = await startTestStack();
  client = openAiClient(t);
  image = await pngFile(await photo());
  hole = await pngFile(await withHole(), "mask.png");
});
afterAll(() => t[Symbol.asyncDispose]());

/** A request as OpenAI's client makes it; parameters are whatever a test says, as a caller without types has them. */
const edit = (more: object) =>
  during(t, client.images.edit({ model: "local/fill", image, mask: hole, prompt: "x", stream: false, ...more }));

describe("what no model here can honour is refused by name, never dropped", () => {
  test.each<[string, object, string, string]>([
    ["a size that is not the photo's", { size: "1024x1024" }, "size", "320x240"],
    ["a size that is none", { size: "big" }, "size", "WIDTHxHEIGHT"],
    ["a transparent background", { background: "transparent" }, "background", "keeps the transparency"],
    ["an unknown background", { background: "blue" }, "background", "one of auto, opaque, transparent"],
    ["an opaque background of what may be transparent", { background: "opaque", image: "hole" }, "background", "jpeg"],
    ["high input fidelity", { input_fidelity: "high" }, "input_fidelity", "photo's own"],
    ["less moderation", { moderation: "low" }, "moderation", "model's own"],
    ["links for answers", { response_format: "url" }, "response_format", "b64_json"],
    ["a quality the model has not", { quality: "high" }, "quality", "local/fill does not take quality"],
    ["more pictures than the model makes", { n: 5 }, "n", "from 1 to 4"],
    ["more pictures than anyone makes", { n: 11 }, "n", "from 1 to 10"],
    ["half a picture", { n: 0.5 }, "n", "whole number"],
    ["another format", { output_format: "gif" }, "output_format", "png, jpeg, webp"],
    ["a compressed png", { output_compression: 50 }, "output_compression", "png is lossless"],
    ["nothing left of a jpeg", { output_format: "jpeg", output_compression: 0 }, "output_compression", "1 to 100"],
    ["partial images of an answer in one", { partial_images: 2 }, "partial_images", "stream"],
    ["a parameter of other models", { complexity: "high" }, "complexity", "not a known field"],
    ["a parameter of nobody's", { strenght: 0.5 }, "strenght", "not a known field"],
    ["no prompt", { prompt: undefined }, "prompt", "required"],
    ["an empty prompt", { prompt: "" }, "prompt", "empty"],
    ["a prompt of white space", { prompt: " \n" }, "prompt", "white space alone"],
    ["no model", { model: undefined }, "model", "required"],
    ["two images", { image: "both" }, "image", "edit one image"],
    ["no image", { image: undefined }, "image", "required"],
    ["no mask at all", { mask: undefined }, "mask", "no alpha channel"],
    ["text for an image", { image: "text" }, "image", "must be a file"],
    ["another file", { style_image: "hole" }, "style_image", "image and mask"],
  ])("%s", async (_, more, param, says) => {
    const files: Record<string, unknown> = { hole, both: [image, hole] };
    const filled = Object.fromEntries(Object.entries(more).map(([name, value]) => [name, files[value] ?? value]));
    const error = await edit(filled).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param, type: "invalid_request_error", message: expect.stringContaining(says) });
  });

  test("and what asks for nothing special is taken as it is", async () => {
    const nothingSpecial = {
      size: "auto",
      quality: "auto",
      background: "auto",
      output_format: "png",
      output_compression: 100,
      input_fidelity: "low",
      moderation: "auto",
      response_format: "b64_json",
      partial_images: 0,
      n: 1,
    };
    const { data = [] } = await edit({ ...nothingSpecial, size: "320x240", background: "opaque", user: "ada" });
    const again = await edit({ ...nothingSpecial, safety_identifier: "lovelace", user: "" });
    expect([data.length, again.data?.length]).toEqual([1, 1]);
    const users = (await (await t.api("/v1/jobs?limit=2")).json()) as { data: { user?: string }[] };
    expect(users.data.map(({ user }) => user)).toEqual(["lovelace", "ada"]);
  });
});

test("a model that is not here is a 404 that lists those that are", async () => {
  const error = await edit({ model: "gpt-image-9" }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OpenAI.NotFoundError);
  expect(error).toMatchObject({
    code: "model_not_found",
    param: "model",
    message: expect.stringContaining("local/fill"),
  });
});

test("a wrong key is a 401", async () => {
  const stranger = openAiClient(t, { apiKey: "sk-wrong" });
  const error = await stranger.images
    .edit({ model: "local/fill", image, prompt: "x" })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
  expect(error).toMatchObject({ code: "invalid_api_key", requestID: expect.stringMatching(/^req_/) });
});

test("a budget that does not cover it is OpenAI's quota, and is not asked for again", async () => {
  const key = await t.newKey("poor");
  await t.stack.records.setBudgetLimit("poor", 1);
  let asked = 0;
  const counting: typeof fetch = (input, init) => {
    if (init?.method === "POST") asked++;
    return fetch(input, init);
  };
  const poor = openAiClient(t, { apiKey: key, fetch: counting });
  const wanted = poor.images.edit({ model: "modelslab/inpaint", image, mask: hole, prompt: "x" });
  await expect(wanted).rejects.toMatchObject({ status: 429, code: "insufficient_quota" });
  expect(asked).toBe(1);
});

test.each([
  ["a HEIC picture", Buffer.from("\0\0\0\u0018ftypheic\0\0\0\0"), "HEIC"],
  ["half a picture", undefined, "broken"],
  ["a picture of 100 megapixels", bomb(10_000), "megapixels"],
])("%s is refused before it is stored", async (_, bytes, says) => {
  const given = bytes ?? (await photo()).subarray(0, 30);
  await expect(edit({ image: await pngFile(given) })).rejects.toMatchObject({
    status: 400,
    code: "invalid_image_file",
    param: "image",
    message: expect.stringContaining(says),
  });
});

/** The header of a PNG of so many pixels a side. */
function bomb(side: number): Buffer {
  const header = Buffer.alloc(33);
  header.write("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", "latin1");
  header.writeUInt32BE(side, 16);
  header.writeUInt32BE(side, 20);
  header.set([8, 6], 24);
  return header;
}

test("a mask of another shape is refused with both sizes", async () => {
  const square = await sharp(await withHole())
    .resize(100, 100, { fit: "fill" })
    .png()
    .toBuffer();
  await expect(edit({ mask: await pngFile(square) })).rejects.toMatchObject({
    status: 400,
    code: "invalid_image_file",
    param: "mask",
    message: expect.stringContaining("320×240"),
  });
});

test("what is larger than a request may be is refused by its declared length, with the way that is left", async () => {
  const refused = Promise.withResolvers<{ status: number | undefined; text: string }>();
  const request = httpRequest(`${t.stack.url}/v1/images/edits`, {
    method: "POST",
    headers: { "content-type": "multipart/form-data; boundary=x", "content-length": 200_000_000 },
  });
  request.on("response", async (answer) => {
    const chunks = await answer.toArray();
    refused.resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() });
  });
  request.on("error", refused.reject);
  request.flushHeaders();
  const { status, text } = await refused.promise;
  request.destroy();
  expect([status, JSON.parse(text).error.message]).toEqual([413, expect.stringContaining("POST /v1/uploads")]);
});

test("so is one that does not say how long it is, as soon as it is too long", async () => {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1_000_000;
      controller.enqueue(new Uint8Array(1_000_000));
    },
  });
  const headers = { authorization: `Bearer ${t.stack.apiKey}`, "content-type": "multipart/form-data; boundary=x" };
  const init = { method: "POST", headers, body, duplex: "half" };
  const answer = await fetch(`${t.stack.url}/v1/images/edits`, init).catch((error: unknown) => error);
  // Node resets what it will not read, and the caller may see that before the answer
  expect(answer instanceof Response ? answer.status : 413).toBe(413);
  expect(sent).toBeLessThan(200_000_000);
});

test.each(["__proto__", "toString", "n"])("a field %s that comes twice, or is none, is refused", async (name) => {
  const body = new FormData();
  body.append(name, "1");
  body.append(name, "1");
  const answer = await t.api("/v1/images/edits", { method: "POST", body });
  expect([answer.status, await answer.json()]).toMatchObject([400, { error: { param: name } }]);
});

test.each([
  ["no boundary", "multipart/form-data", "hello"],
  [
    "a body that is cut off",
    "multipart/form-data; boundary=x",
    '--x\r\ncontent-disposition: form-data; name="n"\r\n\r\n1',
  ],
  ["no body", "multipart/form-data; boundary=x", undefined],
  ["JSON that is none", "application/json", "{"],
  ["JSON that is no object", "application/json", "[]"],
  ["another type", "text/plain", "hello"],
])("a request with %s is told so", async (_, type, body) => {
  const headers = { "content-type": type };
  const answer = await t.api("/v1/images/edits", { method: "POST", headers, ...(body === undefined ? {} : { body }) });
  expect(answer.status).toBe(type === "text/plain" ? 415 : 400);
  expect(await answer.json()).toEqual({
    error: { message: expect.any(String), type: "invalid_request_error", param: null, code: "invalid_value" },
  });
});

test("another address below images says what there is", async () => {
  await expect(client.images.generate({ model: "local/fill", prompt: "x" })).rejects.toMatchObject({
    status: 404,
    message: expect.stringContaining("POST /v1/images/edits"),
  });
});

test("a browser may ask, with the headers that the client brings along", async () => {
  const asks = {
    origin: "https://app.example.com",
    "access-control-request-headers": "authorization,x-stainless-lang",
  };
  const answer = await fetch(`${t.stack.url}/v1/images/edits`, {
    method: "OPTIONS",
    headers: { ...asks, "access-control-request-method": "POST" },
  });
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  expect(answer.headers.get("access-control-allow-headers")).toContain("x-stainless-lang");
});
