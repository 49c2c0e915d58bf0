import { request as httpRequest } from "node:http";
import { uuidOf } from "@infill/core";
import { flat, photo } from "@infill/functions/testing";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Answered,
  anyNumber,
  anyText,
  BOX,
  black,
  changes,
  DOCUMENTED,
  type OneMinStack,
  original,
  SIZE,
  startOneMinStack,
  white,
} from "./testing/onemin.ts";

let stack: OneMinStack;
/** Paths of a photo, and of a mask that is white and one that is black where the edit is to be. */
let imageUrl: string;
let maskUrl: string;
let blackUrl: string;
/** No two tests ask the same. */
let prompt: string;
let prompts = 0;
beforeAll(async () => {
  stack = await startOneMinStack();
  imageUrl = await stack.path(await original());
  maskUrl = await stack.path(await white());
  blackUrl = await stack.path(await black());
});
beforeEach(() => {
  prompt = `hat ${++prompts}`;
});
afterAll(() => stack[Symbol.asyncDispose]());

/** A model that takes what every model takes, and how its vendor's simulator is told. */
const stable = (more: object = {}) => ({ imageUrl, maskUrl, prompt, output_format: "jpeg", ...more });
const ideogram = (more: object = {}) => ({ imageUrl, maskUrl: blackUrl, prompt, num_images: 1, ...more });
const gpt = (more: object = {}) => ({ imageUrl, maskUrl, prompt, size: "1024x1024", n: 1, ...more });

const pictureOf = async ({ aiRecord }: Answered) => (await fetch(aiRecord.temporaryUrl)).bytes();
/** What is nested in a refusal. */
const nested = ({ details = "{}" }: Answered) => JSON.parse(details).response;

describe("each model's own mask rule", () => {
  test.each<[string, () => object]>([
    ["gpt-image-1-mini", gpt],
    ["ideogram-3", ideogram],
    // by Infill's name of it, it is the same model
    ["1min/ideogram-3", ideogram],
    ["ideogram/inpaint-3", ideogram],
    ["modelslab/inpaint", () => ({ imageUrl, maskUrl, prompt })],
  ])("of %s is honoured, and the rest is as it was, to the pixel", async (model, promptObject) => {
    const { status, body } = await stack.edit(model, { ...promptObject(), output_format: "png" });
    expect([status, body.aiRecord.status]).toEqual([200, "SUCCESS"]);
    const changed = await changes(await original(), await pictureOf(body));
    expect(changed.outside).toBe(0);
    expect(changed.inside).toBeGreaterThan(0.9 * BOX.width * BOX.height);
  });

  test("of stable-image is honoured, and the rest is as it was, as far as a jpeg is", async () => {
    const grey = await flat(SIZE.width, SIZE.height, "#808080");
    const { body } = await stack.edit("stable-image", stable({ imageUrl: await stack.path(grey) }));
    const changed = await changes(grey, await pictureOf(body), 8);
    expect(changed.outside).toBe(0);
    expect(changed.inside).toBeGreaterThan(0.9 * BOX.width * BOX.height);
  });
});

describe("an upload", () => {
  test("is answered in its shape, and taken by path, address or id", async () => {
    const { status, body } = await stack.upload(await original(), "my cat.png");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      asset: {
        fieldname: "asset",
        originalname: "my cat.png",
        encoding: "7bit",
        mimetype: "image/png",
        size: anyNumber,
        bucket: anyText,
        key: body.fileContent.path,
        acl: "private",
        location: expect.stringMatching(/^http/),
        etag: anyText,
      },
      fileContent: {
        uuid: anyText,
        path: expect.stringMatching(/^development\/images\/.*_my_cat\.png$/),
        type: anyText,
        name: "my cat.png",
      },
    });
    const { path } = body.fileContent;
    for (const name of [path, `/${path}`, String(body.asset["location"])])
      expect((await stack.edit("stable-image", stable({ imageUrl: name }))).status).toBe(200);
    // of the native API, which is the way for large ones
    const id = await stack.t.upload(await original());
    expect((await stack.edit("stable-image", stable({ imageUrl: id }))).status).toBe(200);
  });

  test("without a type in its name is refused", async () => {
    const { status, body } = await stack.upload(await original(), "photo");
    expect([status, body]).toMatchObject([400, { message: expect.stringContaining("isn't supported") }]);
  });

  test("of more than 10 MB is too large for ideogram-3, and not for others", async () => {
    const size = { width: 2000, height: 1800 };
    const noise = Buffer.alloc(size.width * size.height * 3, await photo(500, 400));
    const large = await sharp(noise, { raw: { ...size, channels: 3 } })
      .png({ compressionLevel: 0 })
      .toBuffer();
    const path = await stack.path(large);
    const { status, body } = await stack.edit("ideogram-3", ideogram({ imageUrl: path }));
    expect([status, body.message]).toEqual([400, expect.stringMatching(/^imageUrl: .* at most 10485760/)]);
    const other = await stack.edit("modelslab/inpaint", { imageUrl: path, maskUrl: path, prompt, size: "huge" });
    expect(other.body.message).toContain("size must be");
  });

  test("that somebody else made is not there", async () => {
    const { t, post } = stack;
    const headers = { "content-type": "application/json", "API-KEY": await t.newKey("umbrella") };
    const body = { type: "IMAGE_INPAINTER", model: "stable-image", promptObject: stable() };
    const answer = await post(body, { headers });
    const { message } = (await answer.json()) as Answered;
    expect([answer.status, message]).toEqual([
      400,
      expect.stringMatching(/^(image|mask)Url: there is no asset "development/),
    ]);
  });
});

describe("a result can be edited again", () => {
  test("by its path or by its link; a mask it cannot be", async () => {
    const { aiRecord } = (await stack.edit("gpt-image-1-mini", gpt())).body;
    const [path = ""] = aiRecord.aiRecordDetail.resultObject;
    const first = await pictureOf({ aiRecord });
    for (const again of [path, `/${path}`, aiRecord.temporaryUrl]) {
      const { body } = await stack.edit("gpt-image-1-mini", gpt({ imageUrl: again }));
      expect((await changes(first, await pictureOf(body))).outside).toBe(0);
    }
    const { status, body } = await stack.edit("gpt-image-1-mini", gpt({ maskUrl: path }));
    expect([status, body.message]).toEqual([400, expect.stringContaining("maskUrl must be an upload")]);
  });

  test("by nobody else", async () => {
    const { aiRecord } = (await stack.edit("gpt-image-1-mini", gpt())).body;
    const key = await stack.t.newKey("umbrella");
    const form = new FormData();
    form.append("asset", new Blob([new Uint8Array(await white())]), "mask.png");
    const url = `${stack.t.stack.url}/api/assets`;
    const uploaded = await fetch(url, { method: "POST", headers: { "API-KEY": key }, body: form });
    const { fileContent } = (await uploaded.json()) as { fileContent: { path: string } };
    const promptObject = gpt({ imageUrl: aiRecord.temporaryUrl, maskUrl: fileContent.path });
    const headers = { "content-type": "application/json", "API-KEY": key };
    const body = { type: "IMAGE_INPAINTER", model: "gpt-image-1-mini", promptObject };
    expect((await stack.post(body, { headers })).status).toBe(400);
  });
});

describe("asynchronous work", () => {
  const ask = async (model: string, promptObject: object) => {
    const answer = await stack.post({ type: "IMAGE_INPAINTER", model, promptObject, async: true });
    return ((await answer.json()) as Answered).aiRecord;
  };
  const end = async (uuid: string) => {
    await stack.t.advanceUntil(async () => (await stack.result(uuid)).aiRecord.status !== "PROCESSING");
    return (await stack.result(uuid)).aiRecord;
  };

  test("is asked after until it is done, and is nothing to anybody else", async () => {
    const { uuid, status } = await ask("stable-image", stable());
    expect(status).toBe("PROCESSING");
    expect(await end(uuid)).toMatchObject({
      ...DOCUMENTED,
      uuid,
      aiRecordDetail: { promptObject: stable(), resultObject: [anyText], responseObject: {} },
    });
    expect(await stack.result(uuid, await stack.t.newKey("somebody-else"))).toEqual({ aiRecord: null });
  });

  test.each(["e40dd9ef-0944-4ce5-bc90-1edd2548619a", "nonsense", "__proto__"])("%s is nothing", async (uuid) => {
    expect(await stack.result(uuid)).toEqual({ aiRecord: null });
  });

  test("of another format is nothing here", async () => {
    const { id } = await stack.t.edit();
    expect(await stack.result(uuidOf(id))).toEqual({ aiRecord: null });
  });

  test("that fails is a FAILURE that says why", async () => {
    stack.simulators.stability.behave({ refuse: "moderation" });
    const { uuid } = await ask("stable-image", stable());
    expect(await end(uuid)).toMatchObject({
      status: "FAILURE",
      errorMessage: anyText,
      aiRecordDetail: { resultObject: [] },
    });
  });

  test("tells of all that was sent, however long", async () => {
    const style_reference_images = await Promise.all(
      Array.from({ length: 5 }, async (_, i) => stack.path(await photo(64 + i, 64))),
    );
    const promptObject = ideogram({ style_reference_images, style_type: "GENERAL", unknown: "x".repeat(600) });
    const { uuid } = await ask("ideogram-3", promptObject);
    const { status, aiRecordDetail } = await end(uuid);
    expect([status, aiRecordDetail.promptObject]).toEqual(["SUCCESS", promptObject]);
    const { body } = stack.simulators.ideogram.requests.findLast(({ path }) => path.endsWith("/inpaint")) ?? {};
    expect(JSON.stringify(body)).toContain("style_reference_images");
  });
});

describe("what a promptObject may hold", () => {
  test.each<[string, string, () => object]>([
    ["what no table lists", "stable-image", () => stable({ sharpness: 11, n: 1 })],
    ["null, and empty text", "ideogram-3", () => ideogram({ negative_prompt: "", seed: null, style_preset: null })],
    ["a png's compression", "gpt-image-1-mini", () => gpt({ output_format: "png", output_compression: 85 })],
    ["nothing left of a jpeg", "gpt-image-1-mini", () => gpt({ output_format: "jpeg", output_compression: 0 })],
    ["a seed and a preset", "ideogram-3", () => ideogram({ seed: 2_147_483_647, style_preset: "ART_DECO" })],
    ["what is to be left out, where it can be", "1min/ideogram-3", () => ideogram({ negative_prompt: "a cat" })],
    ["no transparency", "ideogram-3", () => ideogram({ transparent: false })],
    ["a quality and a size", "gpt-image-2", () => gpt({ n: undefined, size: "1024x768", quality: "low" })],
  ])("%s", async (_, model, promptObject) => {
    const { status, body } = await stack.edit(model, promptObject());
    expect([status, body]).toMatchObject([200, { aiRecord: { status: "SUCCESS" } }]);
  });

  test("as many pictures as are asked for, each under its own path", async () => {
    const { aiRecord } = (await stack.edit("ideogram-3", ideogram({ num_images: 3 }))).body;
    const paths = aiRecord.aiRecordDetail.resultObject;
    expect(new Set(paths).size).toBe(3);
    for (const path of paths) expect((await fetch(`${stack.t.stack.url}/${path}`)).status).toBe(200);
  });

  test.each<[string, string, () => object, string]>([
    ["a png of stable-image", "stable-image", () => stable({ output_format: "png" }), "output_format must be one of"],
    ["a size of nobody's", "gpt-image-1-mini", () => gpt({ size: "512x512" }), "size must be one of"],
    ["eleven pictures", "gpt-image-1-mini", () => gpt({ n: 11 }), "n must be a whole number from 1 to 10"],
    ["nine pictures", "ideogram-3", () => ideogram({ num_images: 9 }), "num_images must be"],
    ["a long prompt", "gpt-image-1-mini", () => gpt({ prompt: "x".repeat(4001) }), "prompt must have at most 4000"],
    ["another quality", "gpt-image-1-mini", () => gpt({ quality: "best" }), "quality must be one of"],
    ["another speed", "ideogram-3", () => ideogram({ rendering_speed: "FASTEST" }), "rendering_speed: takes one of"],
    [
      "a preset with another style",
      "ideogram-3",
      () => ideogram({ style_preset: "AURA", style_type: "FICTION" }),
      "style_type: with style_preset",
    ],
    [
      "a preset and references",
      "ideogram-3",
      () => ideogram({ style_preset: "AURA", style_reference_images: [imageUrl] }),
      "takes no style_reference_images",
    ],
    [
      "a character in a flash",
      "ideogram-3",
      () => ideogram({ rendering_speed: "FLASH", character_reference_images: [imageUrl] }),
      "takes no character_reference_images",
    ],
    [
      "a character by design",
      "ideogram-3",
      () => ideogram({ style_type: "DESIGN", character_reference_images: [imageUrl] }),
      "style_type: with character_reference_images",
    ],
    [
      "two characters",
      "ideogram-3",
      () => ideogram({ character_reference_images: [imageUrl, imageUrl] }),
      "at most 1 pictures",
    ],
    ["transparency", "ideogram-3", () => ideogram({ transparent: true }), "transparent must be false"],
    [
      "what is to be left out, where it cannot be",
      "ideogram-3",
      () => ideogram({ negative_prompt: "a cat" }),
      "negative_prompt: ideogram/inpaint-3 does not take negative_prompt",
    ],
    [
      "two numbers",
      "modelslab/inpaint",
      () => ({ imageUrl, maskUrl, prompt, n: 1, num_images: 2 }),
      "n and num_images",
    ],
    [
      "a picture elsewhere",
      "stable-image",
      () => stable({ imageUrl: "https://example.com/a.png" }),
      'there is no asset "https://example.com/a.png"',
    ],
    [
      "a mask of another shape",
      "gpt-image-1-mini",
      () => gpt({ maskUrl: stack.t.white, imageUrl: blackUrl, size: "1024x1536", n: 0 }),
      "n must be",
    ],
  ])("but not %s", async (_, model, promptObject, says) => {
    const { status, body } = await stack.edit(model, promptObject());
    expect([status, body.errorCode, body.message]).toEqual([
      400,
      "EXTERNAL_API_RESPONSE_WITH_ERROR",
      expect.stringContaining(says),
    ]);
    // what its clients go by: there is no use in trying again
    expect(nested(body).status).toBe(400);
  });
});

describe("what is wrong is said as the platform does", () => {
  const missing = ({ details = "[]" }: Answered) => JSON.parse(details).map(({ field }: { field: string }) => field);

  test.each<[string, () => object, string[]]>([
    ["of a request", () => ({}), ["type", "model", "promptObject"]],
    [
      "of stable-image",
      () => ({ model: "stable-image", promptObject: {} }),
      ["imageUrl", "maskUrl", "prompt", "output_format"],
    ],
    [
      "of gpt-image-1-mini",
      () => ({ model: "gpt-image-1-mini", promptObject: { imageUrl, maskUrl, prompt: "" } }),
      ["prompt", "size", "n"],
    ],
    [
      "of gpt-image-2",
      () => ({ model: "gpt-image-2", promptObject: { imageUrl, maskUrl, prompt } }),
      ["size", "quality"],
    ],
    ["of ideogram-3", () => ({ model: "ideogram-3", promptObject: { imageUrl, maskUrl, prompt } }), ["num_images"]],
    ["altogether", () => ({ model: "ideogram-3", promptObject: "a hat" }), ["promptObject"]],
  ])("fields that are missing %s", async (_, body, fields) => {
    const whole = "model" in body() ? { type: "IMAGE_INPAINTER", ...body() } : body();
    const answer = await stack.feature(whole);
    expect([answer.status, answer.body.errorCode]).toEqual([400, "MISSING_REQUIRED_FIELDS"]);
    expect(missing(answer.body).sort()).toEqual([...fields].sort());
  });

  test("another model, before anything else of the request", async () => {
    const { status, body } = await stack.edit("acme-9", {});
    expect([status, body]).toMatchObject([
      400,
      { errorCode: "UNSUPPORTED_MODEL", message: expect.stringContaining("stable-image") },
    ]);
  });

  test("another feature", async () => {
    const { status, body } = await stack.feature({ type: "IMAGE_UPSCALER", model: "x", promptObject: {} });
    expect([status, body.message]).toEqual([400, expect.stringContaining("IMAGE_INPAINTER")]);
  });

  test("a wrong key, and none", async () => {
    for (const key of [{ "API-KEY": "wrong" }, {}]) {
      const answer = await fetch(`${stack.t.stack.url}/api/results/x`, { headers: key as Record<string, string> });
      expect([answer.status, await answer.json()]).toMatchObject([401, { errorCode: "INVALID_AUTH_TOKEN" }]);
    }
  });

  test("what moderation refused", async () => {
    stack.simulators.stability.behave({ refuse: "moderation" });
    const { status, body } = await stack.edit("stable-image", stable());
    expect([status, body.errorCode]).toEqual([400, "EXTERNAL_API_RESPONSE_WITH_ERROR"]);
    expect(nested(body)).toMatchObject({ status: 400, data: { error: { code: "moderation_blocked" } } });
  });

  test("work that failed, and would again", async () => {
    stack.simulators.modelslab.behave({ outcome: "failed" });
    const { status, body } = await stack.edit("modelslab/inpaint", { imageUrl, maskUrl, prompt });
    expect([status, body.errorCode, nested(body).status]).toEqual([400, "EXTERNAL_API_RESPONSE_WITH_ERROR", 400]);
  });

  test("work of which nothing is known any more: no client tries that again by itself", async () => {
    stack.simulators.modelslab.behave({ answer: "reset", callback: "never" });
    const { status, body } = await stack.edit("modelslab/inpaint", { imageUrl, maskUrl, prompt });
    expect([status, body.errorCode]).toEqual([400, "UNKNOWN_ERROR"]);
  });

  test("a budget that is used up", async () => {
    const key = stack.t.stack.apiKey.slice(0, 30);
    const tenant = (await stack.t.stack.records.getKey(key))?.tenant ?? "";
    await stack.t.stack.records.setBudgetLimit(tenant, 0);
    const { status, body } = await stack.edit("stable-image", stable());
    await stack.t.stack.records.setBudgetLimit(tenant, undefined);
    expect([status, body.errorCode]).toEqual([402, "INSUFFICIENT_CREDITS"]);
  });

  test("a body that is too large says what to do", async () => {
    const { url, apiKey } = stack.t.stack;
    const declared = (length: number, type: string) => ({
      "content-length": String(length),
      "content-type": type,
      "API-KEY": apiKey,
    });
    expect(await tooLarge(`${url}/api/features`, declared(200_000, "application/json"))).toEqual([
      413,
      expect.stringContaining("POST /api/assets"),
    ]);
    expect(await tooLarge(`${url}/api/assets`, declared(76_000_000, "multipart/form-data; boundary=x"))).toEqual([
      413,
      expect.stringContaining("POST /v1/uploads"),
    ]);
  });
});

/** Declares a body that it never sends: `fetch` would not. */
function tooLarge(url: string, headers: Record<string, string>): Promise<[number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const asking = httpRequest(url, { method: "POST", headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () => {
        resolve([answer.statusCode, text]);
        asking.destroy();
      });
    });
    asking.on("error", reject);
    asking.flushHeaders();
  });
}

describe("nothing is paid for twice", () => {
  const taken = () => stack.simulators.stability.works.length;

  /** A request that is hung up on once the vendor has its work. */
  async function hangUp(promptObject: object): Promise<void> {
    const leaving = new AbortController();
    const before = taken();
    const body = JSON.stringify({ type: "IMAGE_INPAINTER", model: "stable-image", promptObject });
    const lost = stack.post(undefined, { body, signal: leaving.signal });
    await stack.simulators.stability.until(() => taken() > before);
    leaving.abort();
    await lost.catch(() => {});
  }

  test("a request whose answer was lost is joined; one that was answered is another variation", async () => {
    const before = taken();
    await hangUp(stable());
    expect((await stack.edit("stable-image", stable())).status).toBe(200);
    expect(taken() - before).toBe(1);
    expect((await stack.edit("stable-image", stable())).status).toBe(200);
    expect(taken() - before).toBe(2);
  });

  test("also by a client that begins anew, and uploads its pictures once more", async () => {
    const before = taken();
    await hangUp(stable());
    const again = stable({ imageUrl: await stack.path(await original()), maskUrl: await stack.path(await white()) });
    const { status, body } = await stack.edit("stable-image", again);
    expect([status, body.aiRecord.aiRecordDetail.promptObject, taken() - before]).toEqual([200, again, 1]);
  });

  test("a stack that stops is no answer: it says to ask again, and the next one joins", async () => {
    const stopping = await startOneMinStack();
    const [image, hole] = [await stopping.path(await original()), await stopping.path(await white())];
    stopping.simulators.modelslab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
    const promptObject = { imageUrl: image, maskUrl: hole, prompt };
    const asked = stopping.post({ type: "IMAGE_INPAINTER", model: "modelslab/inpaint", promptObject });
    await stopping.simulators.modelslab.until(() => stopping.simulators.modelslab.jobs.length === 1);
    await stopping[Symbol.asyncDispose]();
    const answer = await asked;
    const body = (await answer.json()) as Answered;
    expect([answer.status, answer.headers.get("retry-after"), nested(body).status]).toEqual([504, "1", 503]);
    expect(body.message).toContain("send the same request again");
  });
});
