import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { verifyWebhook } from "@infill/client";
import { readSubmit } from "@infill/functions/compat/modelslab";
import { mask, photo } from "@infill/functions/testing";
import { registry } from "@infill/providers";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { during, eraseNewest } from "./testing/openai.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

const SIZE = 512;
const PLACE = "https://raw.githubusercontent.com/CompVis/stable-diffusion/main/data/inpainting_examples/";
const INIT_IMAGE = `${PLACE}overture-creations-5sI6fQgYIuo.png`;
const NO_PICTURE = `${PLACE}README.md`;
const MASK_IMAGE = `${PLACE}overture-creations-5sI6fQgYIuo_mask.png`;

let t: TestStack;
/** Addresses that were asked for. */
const asked: string[] = [];
beforeAll(async () => {
  const box = { left: 200, top: 150, width: 120, height: 90 };
  const [picture, hole] = await Promise.all([photo(SIZE, SIZE), mask(SIZE, SIZE, box)]);
  t = await startTestStack({
    async fetchPicture(url) {
      asked.push(url);
      if (url === INIT_IMAGE) return picture;
      if (url === MASK_IMAGE) return hole;
      if (url === NO_PICTURE) return Buffer.from("# Stable Diffusion");
      throw new Error("there is nothing there");
    },
  });
});
let plain: TestStack;
beforeAll(async () => {
  plain = await startTestStack();
});
afterAll(() => Promise.all([t, plain].map((each) => each[Symbol.asyncDispose]())));

/** The body of the page, to the letter, but for the key. */
const example = (more: object = {}) => ({
  key: t.stack.apiKey,
  prompt: "a cat sitting on a bench",
  negative_prompt: null,
  init_image: INIT_IMAGE,
  mask_image: MASK_IMAGE,
  width: "512",
  height: "512",
  samples: 1,
  num_inference_steps: "30",
  safety_checker: "no",
  enhance_prompt: "yes",
  guidance_scale: 5,
  strength: 0.7,
  base64: false,
  seed: null,
  webhook: null,
  track_id: null,
  ...more,
});
interface Answer {
  status: string;
  id: number;
  output: string[];
  fetch_result: string;
  future_links: string[];
  message: string | object;
  meta: Record<string, unknown>;
}
const call = async (path: string, body: object) => {
  const answer = await fetch(t.stack.url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Answer };
};
const inpaint = (more: object = {}) => during(t, call("/api/v6/image_editing/inpaint", example(more)));
const sizeOf = async (url = "") => sharp(await (await fetch(url)).bytes()).metadata();

/** No two tests ask the same. */
let prompts = 0;
const once = () => {
  prompts += 1;
  return { prompt: `a cat ${prompts}` };
};

describe("ModelsLab's format", () => {
  test("answers the example of its page with all that it documents", async () => {
    const { status, body } = await inpaint();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: "success",
      generationTime: expect.any(Number),
      id: expect.any(Number),
      output: [expect.stringContaining("/r/")],
      meta: {
        H: 512,
        W: 512,
        file_prefix: expect.any(String),
        guidance_scale: 5,
        init_image: INIT_IMAGE,
        mask_image: MASK_IMAGE,
        n_samples: 1,
        negative_prompt: "",
        outdir: "out",
        prompt: "a cat sitting on a bench",
        safetychecker: "no",
        seed: null,
        steps: 30,
        strength: 0.7,
      },
    });
    expect(await sizeOf(body.output[0])).toMatchObject({ width: SIZE, height: SIZE, format: "png" });
  });

  test("says of work that is erased while it is waited for that there is none", async () => {
    const before = t.modelsLab.jobs.length;
    t.modelsLab.behave({ etaSeconds: 60, takesSeconds: 60 });
    const answer = inpaint(once());
    await t.modelsLab.until(() => t.modelsLab.jobs.length > before);
    await eraseNewest(t);
    expect(await answer).toMatchObject({ status: 200, body: { status: "error", message: "Request not found" } });
  });

  test.each([
    ["samples as text", { samples: "2", seed: "7" }, 2],
    ["flags as booleans", { safety_checker: false, enhance_prompt: true, instant_response: "false" }, 1],
    ["nothing but what must be there", { width: undefined, strength: "null", guidance_scale: "", base64: "false" }, 1],
  ])("takes %s", async (_, more, pictures) => {
    const { body } = await inpaint({ ...once(), ...more });
    expect([body.status, body.output.length]).toEqual(["success", pictures]);
  });

  test("every spelling of a value is that value", () => {
    const spellings = <T>(...all: unknown[]) => fc.constantFrom<unknown>(...all) as fc.Arbitrary<T>;
    const record = fc.record({
      samples: spellings(2, "2"),
      num_inference_steps: spellings(20, "20"),
      guidance_scale: spellings(4, "4", "4.0"),
      strength: spellings(0.5, "0.5", ".5"),
      safety_checker: spellings("yes", "true", true, 1, "1", "True", "YES"),
      enhance_prompt: spellings("no", "false", false, 0, "0", "False", "No"),
      instant_response: spellings("yes", "true", true),
      base64: spellings("no", "false", false, null, "null", "", undefined),
      width: spellings(640, "640"),
      height: spellings(512, "512", null, "", "null", undefined),
      negative_prompt: spellings(null, "null", "", undefined),
      seed: spellings(null, "null", "", undefined),
      webhook: spellings(null, "null", "", undefined),
      model_id: spellings(null, "null", "", undefined, "modelslab/inpaint"),
      track_id: spellings(null, "", 7, "7", undefined),
      panorama: spellings("no", "false", false, null, undefined),
    });
    const [model = expect.fail("there is no such model")] = registry["modelslab"]?.models ?? [];
    const expected = {
      n: 2,
      steps: 20,
      guidanceScale: 4,
      strength: 0.5,
      size: { width: 640, height: 512 },
      providerOptions: { safetyChecker: true, enhancePrompt: false },
      model: "modelslab/inpaint",
      prompt: "a cat sitting on a bench",
      outputFormat: "png",
      deadlineSeconds: expect.any(Number),
    };
    fc.assert(
      fc.property(record, (spelled) => {
        const submit = readSubmit(example(spelled));
        expect(submit.requestFor(model, {})).toStrictEqual(expected);
        expect(submit).toMatchObject({ instant: true, base64: false, trackId: undefined });
      }),
    );
  });

  test("a track id is kept with the job and told with every answer: it has at most 255 characters", () => {
    expect(() => readSubmit(example({ track_id: "x".repeat(255) }))).not.toThrow();
    expect(() => readSubmit(example({ track_id: "x".repeat(256) }))).toThrow(
      expect.objectContaining({ problems: { track_id: [expect.stringContaining("255 characters")] } }),
    );
  });

  test("pictures that come as base64 go as base64", async () => {
    const box = { left: 60, top: 60, width: 40, height: 40 };
    const [picture, hole] = await Promise.all([photo(256, 256), mask(256, 256, box)]);
    const sent = {
      init_image: picture.toString("base64"),
      mask_image: `data:image/png;base64,${hole.toString("base64")}`,
    };
    const { body } = await inpaint({ ...once(), ...sent, base64: "true", width: 256, height: 256 });
    expect(await sharp(Buffer.from(body.output[0] ?? "", "base64")).metadata()).toMatchObject({ width: 256 });
  });

  test("pictures that are named by address go as base64 where that is asked for, too", async () => {
    const { body } = await inpaint({ ...once(), base64: "yes", samples: 2 });
    expect(body).toMatchObject({ status: "success", meta: { init_image: INIT_IMAGE, mask_image: MASK_IMAGE } });
    expect(body.output).toHaveLength(2);
    for (const picture of body.output)
      expect(await sharp(Buffer.from(picture, "base64")).metadata()).toMatchObject({ width: SIZE, height: SIZE });
  });

  test("pictures that were uploaded to storage are named by their ids", async () => {
    const { body } = await inpaint({ ...once(), init_image: t.image, mask_image: t.white });
    expect(await sizeOf(body.output[0])).toMatchObject({ width: 320, height: 240 });
  });

  test("a model that rewrites no prompt needs not be told to leave it, and one that does is told by its own word", () => {
    const requestFor = (provider: string) => {
      const [model = expect.fail("there is no such model")] = registry[provider]?.models ?? [];
      return readSubmit(example({ enhance_prompt: "no" })).requestFor(model, {}).providerOptions;
    };
    expect(requestFor("stability")).toEqual({});
    expect(requestFor("ideogram")).toEqual({ magicPrompt: "OFF" });
    expect(requestFor("fal")).toMatchObject({ enhancePrompt: false });
  });

  test("work that differs by its track_id alone is work of its own", async () => {
    await using receiver = await t.receiver([200]);
    const more = { ...once(), webhook: receiver.url, instant_response: true };
    const ids = await Promise.all(
      [1, 2, "2"].map((track_id) => call("/api/v6/image_editing/inpaint", example({ ...more, track_id }))),
    );
    expect(new Set(ids.map(({ body }) => body.id)).size).toBe(3);
    await t.advanceUntil(() => receiver.received.length === 3);
    const told = receiver.received.map(({ body }) => (JSON.parse(body) as { track_id: unknown }).track_id);
    expect(new Set(told)).toEqual(new Set([1, 2, "2"]));
  });

  test("any other model may be named, and defaults that it has not are no matter", async () => {
    const { body } = await inpaint({ ...once(), model_id: "local/fill", width: null, height: null });
    expect(body.status).toBe("success");
    const refused = await inpaint({ ...once(), model_id: "local/fill", strength: 0.2 });
    expect(refused.body).toMatchObject({
      status: "error",
      message: { strength: ["local/fill does not take strength"] },
    });
  });
});

describe("a client that polls", () => {
  const submit = async (more: object = {}) =>
    (await call("/api/v6/image_editing/inpaint", example({ ...once(), instant_response: "true", ...more }))).body;
  const paths = (id: number): [string, object][] => [
    [`/api/v6/image_editing/fetch/${id}`, {}],
    [`/api/v6/images/fetch/${id}`, {}],
    ["/api/v6/images/fetch", { request_id: id }],
  ];
  const ask = async (id: number, which = 0, key = t.stack.apiKey) => {
    const [path = "", body = {}] = paths(id)[which] ?? [];
    return (await call(path, { key, ...body })).body;
  };
  const ended = async (id: number) => {
    await t.advanceUntil(async () => (await ask(id)).status !== "processing");
    return ask(id);
  };

  test("is told at once that slow work goes on, then fetches it, and the links it had work", async () => {
    t.modelsLab.behave({ etaSeconds: 120, takesSeconds: 120 });
    const submitted = await submit({ samples: 2 });
    expect(submitted).toMatchObject({
      status: "processing",
      eta: expect.any(Number),
      id: expect.any(Number),
      output: [],
      fetch_result: `${t.stack.url}/api/v6/images/fetch/${submitted.id}`,
      future_links: [expect.any(String), expect.any(String)],
    });
    expect((await fetch(submitted.future_links[0] ?? "")).status).toBe(404);
    for (const which of [0, 1, 2])
      expect(await ask(submitted.id, which)).toMatchObject({ status: "processing", output: "" });
    expect(await ended(submitted.id)).toMatchObject({
      status: "success",
      id: submitted.id,
      output: [expect.any(String), expect.any(String)],
    });
    expect(await sizeOf(submitted.future_links[1])).toMatchObject({ width: SIZE });
  });

  test("is told of work that failed, and of what moderation withheld", async () => {
    t.modelsLab.behave({ outcome: "failed", failure: "out of memory", takesSeconds: 2 });
    expect(await ended((await submit()).id)).toMatchObject({
      status: "failed",
      message: expect.stringContaining("out of memory"),
      output: "",
    });
    t.modelsLab.behave({ outcome: "nsfw", takesSeconds: 2 });
    expect(await ended((await submit({ safety_checker: "yes" })).id)).toMatchObject({
      status: "failed",
      nsfw_content_detected: true,
    });
  });

  test("finds its own work alone", async () => {
    const { id } = await submit();
    const unknown = { status: "error", message: "Request not found" };
    expect(await ask(id, 0, await t.newKey("somebody-else"))).toEqual(unknown);
    for (const nobodys of [1, 12_384_052]) expect(await ask(nobodys)).toEqual(unknown);
    await ended(id);
  });
});

describe("a client that waits for the webhook", () => {
  const told = async (more: object = {}) => {
    await using receiver = await t.receiver([200]);
    const submitted = (
      await call(
        "/api/v6/image_editing/inpaint",
        example({ ...once(), instant_response: true, webhook: receiver.url, ...more }),
      )
    ).body;
    await t.advanceUntil(() => receiver.received.length > 0);
    const [webhook = { headers: {}, body: "" }] = receiver.received;
    const now = t.clock.now();
    const { payload } = await verifyWebhook<Answer & { track_id: unknown }>(webhook, t.stack.webhookSecret, { now });
    return { submitted, body: payload };
  };

  test.each([[7], ["my-42"], [null]])("is told of its end, with the track_id %j as it came", async (track_id) => {
    t.modelsLab.behave({ etaSeconds: 90, takesSeconds: 90 });
    const { submitted, body } = await told({ track_id });
    expect(body).toMatchObject({
      status: "success",
      id: submitted.id,
      output: [expect.stringContaining("/r/")],
      generationTime: expect.any(Number),
      track_id,
      meta: {
        init_image: INIT_IMAGE,
        mask_image: MASK_IMAGE,
        n_samples: 1,
        W: 512,
        H: 512,
        file_prefix: expect.any(String),
      },
    });
    expect(await sizeOf(body.output[0])).toMatchObject({ width: SIZE });
  });

  test("is told of work that failed, and of what moderation withheld", async () => {
    t.modelsLab.behave({ outcome: "failed", failure: "out of memory" });
    expect((await told({ track_id: 1 })).body).toMatchObject({
      status: "failed",
      id: expect.any(Number),
      message: expect.any(String),
      track_id: 1,
    });
    t.modelsLab.behave({ outcome: "nsfw" });
    expect((await told({ safety_checker: "yes" })).body).toMatchObject({
      status: "failed",
      nsfw_content_detected: true,
    });
  });
});

describe("what is wrong is said as there", () => {
  test.each<[string, object, object]>([
    ["a wrong key", { key: "wrong" }, { message: "Invalid Api Key" }],
    ["no prompt", { prompt: undefined }, { message: { prompt: ["The prompt field is required."] } }],
    [
      "several things",
      { prompt: "", init_image: "" },
      { message: { prompt: [expect.any(String)], init_image: [expect.any(String)] } },
    ],
    ["too many pictures", { samples: 5 }, { message: { samples: [expect.stringContaining("1 to 4")] } }],
    ["half a picture", { samples: 1.5 }, { message: { samples: [expect.any(String)] } }],
    [
      "no address",
      { init_image: "ftp://example.com/x.png" },
      { message: { init_image: ["The init image must be a valid URL."] } },
    ],
    [
      "a dead address",
      { mask_image: `${PLACE}gone.png` },
      { message: "Unable to fetch image from provided URL: mask_image" },
    ],
    [
      "no base64",
      { base64: true, init_image: "no base64!" },
      { message: { init_image: ["The init image must be a valid base64 string."] } },
    ],
    ["a webhook that leads inside", { webhook: "http://10.0.0.1/x" }, { message: { webhook: [expect.any(String)] } }],
    ["a webhook that is none", { webhook: "soon" }, { message: { webhook: [expect.stringContaining("https")] } }],
    [
      "a model that there is not",
      { model_id: "acme/paint" },
      { message: { model_id: [expect.stringContaining("there is no model")] } },
    ],
    [
      "sides that the model cannot",
      { width: 128, height: 500 },
      { message: { width: ["width must be between 256 and 1024"], height: ["height must be divisible by 8"] } },
    ],
    [
      "a size for a model that has its own",
      { model_id: "local/fill", width: 768 },
      { message: { width: [expect.stringContaining("a size of its own")] } },
    ],
    [
      "more steps than the model has",
      { num_inference_steps: "90" },
      { message: { num_inference_steps: [expect.stringContaining("1 to 50")] } },
    ],
    [
      "what a model has no word for",
      { model_id: "local/fill", negative_prompt: "a dog", num_inference_steps: 7, guidance_scale: 3 },
      {
        message: {
          negative_prompt: ["local/fill does not take negative_prompt"],
          num_inference_steps: ["local/fill does not take num_inference_steps"],
          guidance_scale: ["local/fill does not take guidance_scale"],
        },
      },
    ],
    [
      "a safety checker that is not there",
      { model_id: "local/fill", safety_checker: "yes" },
      { message: { safety_checker: [expect.stringContaining("local/fill")] } },
    ],
    [
      "a field that nobody knows",
      { lora_model: "anime", upscale: "no", panorama: null },
      { message: { lora_model: ["The lora_model field is not known here."] } },
    ],
    [
      "more fields that nobody knows than are listed",
      Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`lora_${i}`, "anime"])),
      { message: { lora_20: ["This field is not known here, and 279 more."] } },
    ],
    ["a picture that is none", { mask_image: NO_PICTURE }, { message: { mask_image: [expect.any(String)] } }],
  ])("%s", async (_, more, said) => {
    const { status, body } = await call("/api/v6/image_editing/inpaint", example(more));
    expect([status, body]).toMatchObject([200, { status: "error", ...said }]);
  });

  test("another path is not there, and a bad body is none", async () => {
    expect(await call("/api/v6/image_editing/outpaint", {})).toMatchObject({ status: 404, body: { status: "error" } });
    expect(await call("/api/v6/image_editing/inpaint", [])).toMatchObject({ status: 200, body: { status: "error" } });
  });
});

test("where the model that is asked for cannot be used, what the operator named instead is", async () => {
  const { key: _, ...body } = example(once());
  const pictures = { init_image: INIT_IMAGE, mask_image: MASK_IMAGE };
  await using other = await startTestStack({
    catalogue: { fallbacks: { "stability/inpaint": ["modelslab/inpaint"] } },
    fetchPicture: async (url) => (url === MASK_IMAGE ? mask(SIZE, SIZE) : photo(SIZE, SIZE)),
  });
  const ask = async (model_id: string) => {
    const answer = await fetch(`${other.stack.url}/api/v6/image_editing/inpaint`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...body, ...pictures, key: other.stack.apiKey, model_id }),
    });
    return { status: answer.status, body: (await answer.json()) as Answer };
  };
  expect((await during(other, ask("stability/inpaint"))).body.status).toBe("success");
  expect(other.modelsLab.jobs).toHaveLength(1);
  expect(await ask("bfl/flux-fill")).toMatchObject({ status: 503, body: { status: "error" } });
});

test("a body that is too large is told where pictures go instead", async () => {
  const headers = { "content-type": "application/json", "content-length": "80000000" };
  const address = `${t.stack.url}/api/v6/image_editing/inpaint`;
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: string }>();
  const asking = request(address, { method: "POST", headers }, async (answer) => {
    let body = "";
    for await (const piece of answer) body += String(piece);
    resolve({ status: answer.statusCode, body });
    asking.destroy();
  });
  asking.once("error", reject);
  asking.flushHeaders();
  const { status, body } = await promise;
  expect(status).toBe(413);
  expect(JSON.parse(body)).toEqual({ status: "error", message: expect.stringContaining("POST /v1/uploads") });
});

test("a request whose answer was lost is not paid for twice", async () => {
  t.modelsLab.behave({ etaSeconds: 10, takesSeconds: 10 });
  const before = t.modelsLab.jobs.length;
  const more = once();
  const leaving = new AbortController();
  const lost = fetch(`${t.stack.url}/api/v6/image_editing/inpaint`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(example(more)),
    signal: leaving.signal,
  });
  await t.modelsLab.until(() => t.modelsLab.jobs.length > before);
  leaving.abort();
  await lost.catch(() => {});
  expect((await inpaint(more)).body.status).toBe("success");
  expect(t.modelsLab.jobs.length - before).toBe(1);
});

test("an address that yields nothing is told with the reason, and nothing of what is behind it", async () => {
  const site = createServer((_, res) => res.writeHead(404).end("internal words")).listen(0, "127.0.0.1");
  await new Promise((listening) => site.once("listening", listening));
  const origin = `http://localhost:${(site.address() as AddressInfo).port}`;
  const told = async (init_image: string) => {
    const answer = await fetch(`${plain.stack.url}/api/v6/image_editing/inpaint`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      // the mask is an upload: it is not fetched
      body: JSON.stringify({
        ...example(once()),
        key: plain.stack.apiKey,
        init_image,
        mask_image: `ast_${"0".repeat(26)}`,
      }),
    });
    return (await answer.json()).message;
  };
  const words = "Unable to fetch image from provided URL: init_image";
  expect(await told(`${origin}/photo.png`)).toBe(`${words} (the host answered with status 404)`);
  await new Promise((closed) => site.close(closed));
  expect(await told(`${origin}/photo.png`)).toBe(`${words} (the host cannot be connected to)`);
});

test.each([
  "http://169.254.169.254/latest/meta-data/",
  "https://169.254.169.254/latest/meta-data/",
  "http://[::ffff:10.0.0.1]/",
  "https://0x0a000001/x.png",
  "https://user:word@example.com/x.png",
  "https://printer.local/x.png",
  "https://metadata.google.internal/x.png",
  "http://example.com/x.png",
])("an address that leads inside, or in the clear, is never asked, by the stack's own door either: %s", async (url) => {
  const body = { ...example(once()), key: plain.stack.apiKey, init_image: url };
  const answer = await fetch(`${plain.stack.url}/api/v6/image_editing/inpaint`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(await answer.json()).toEqual({
    status: "error",
    message:
      "Unable to fetch image from provided URL: init_image (the address must begin with https:// and lead to a public host by its name)",
  });
});
