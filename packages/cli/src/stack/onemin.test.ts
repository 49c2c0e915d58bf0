import { assetIdFor, storeUpload } from "@infill/core";
import { mask, photo } from "@infill/functions/testing";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Simulators, startSimulators } from "../simulate.ts";
import { during } from "./testing/openai.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

/** A day on which every model is served. */
const DAY = Date.UTC(2026, 10, 20);
const SIZE = { width: 512, height: 384 };
const BOX = { left: 150, top: 200, width: 120, height: 80 };

let t: TestStack;
let simulators: Simulators;
let close: () => Promise<void>;
beforeAll(async () => {
  t = await startTestStack({
    startAt: DAY,
    async vendors(time) {
      const started = await startSimulators(time);
      ({ simulators, close } = started);
      return started.providers;
    },
  });
});
afterAll(async () => {
  await t[Symbol.asyncDispose]();
  await close();
});

const headers = () => ({ "Content-Type": "application/json", "API-KEY": t.stack.apiKey });
const post = (path: string, body: unknown, more: object = {}) =>
  fetch(t.stack.url + path, { method: "POST", headers: { ...headers(), ...more }, body: JSON.stringify(body) });
const feature = async (body: unknown) => during(t, post("/api/features", body));

/** Puts a picture where an example of the platform's pages has one. */
async function plant(path: string, bytes: Uint8Array): Promise<void> {
  const tenant = (await t.stack.records.getKey(t.stack.apiKey.slice(0, 30)))?.tenant ?? "";
  const deps = { ...t.stack, clock: t.clock, ids: { make: () => "", secret: () => "" } };
  const caller = { tenant, subject: "" };
  await storeUpload(deps, caller, { purpose: "image", bytes, id: assetIdFor({ tenant, name: path }) });
}

async function upload(bytes: Uint8Array, name = "photo.png") {
  const form = new FormData();
  form.append("asset", new Blob([new Uint8Array(bytes)], { type: "image/png" }), name);
  const answer = await fetch(`${t.stack.url}/api/assets`, {
    method: "POST",
    headers: { "API-KEY": t.stack.apiKey },
    body: form,
  });
  return { status: answer.status, body: (await answer.json()) as Uploaded };
}
interface Uploaded {
  asset: Record<string, unknown>;
  fileContent: { path: string };
}
interface Answered {
  aiRecord: {
    uuid: string;
    status: string;
    temporaryUrl: string;
    aiRecordDetail: { promptObject: object; resultObject: string[]; responseObject: object };
  };
  errorCode?: string;
  message?: string;
  details?: string;
}

const white = () => mask(SIZE.width, SIZE.height, BOX);
const black = async () =>
  sharp(await white())
    .negate({ alpha: false })
    .png()
    .toBuffer();
const original = () => photo(SIZE.width, SIZE.height);

/** The requests of the platform's pages, to the letter. */
const EXAMPLES = [
  {
    type: "IMAGE_INPAINTER",
    model: "stable-image",
    promptObject: {
      imageUrl: "development/images/2025_02_16_15_35_49_260_banana.jpg",
      maskUrl: "development/images/2025_02_16_15_36_38_743_image.png",
      prompt: "replace a red banana",
      output_format: "jpeg",
    },
  },
  {
    type: "IMAGE_INPAINTER",
    model: "gpt-image-1-mini",
    promptObject: {
      imageUrl: "development/images/2025_12_04_18_10_29_882_cat.png",
      maskUrl: "development/images/2025_12_04_18_11_04_824_image.png",
      prompt: "modern pendant light with brushed metal finish, LED bulbs, contemporary design",
      size: "1024x1024",
      n: 1,
      quality: "medium",
      output_format: "png",
    },
  },
  {
    type: "IMAGE_INPAINTER",
    model: "ideogram-3",
    promptObject: {
      prompt: "A dog wearing a cowboy hat",
      imageUrl: "development/images/2026_04_15_dog.png",
      maskUrl: "development/images/2026_04_15_dog_mask.png",
      num_images: 1,
      rendering_speed: "DEFAULT",
      magic_prompt: "AUTO",
      style_type: "AUTO",
    },
  },
] as const;

const anyText = expect.any(String);
const anyNumber = expect.any(Number);

/** Every field that the page of gpt-image-1-mini documents of an answer. */
const DOCUMENTED = {
  uuid: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  userId: anyText,
  teamId: anyText,
  teamUser: {
    teamId: anyText,
    userId: anyText,
    userName: anyText,
    userAvatar: anyText,
    status: "ACTIVE",
    role: anyText,
    creditLimit: anyNumber,
    usedCredit: anyNumber,
    createdAt: anyText,
    createdBy: anyText,
    updatedAt: anyText,
    updatedBy: anyText,
  },
  type: "IMAGE_INPAINTER",
  metadata: null,
  rating: null,
  feedback: null,
  conversationId: null,
  status: "SUCCESS",
  createdAt: anyText,
  additionalData: null,
  temporaryUrl: expect.stringContaining("/r/"),
};
const DOCUMENTED_OF_IDEOGRAM = {
  created: anyText,
  data: [
    {
      url: anyText,
      prompt: "A dog wearing a cowboy hat",
      resolution: "512x384",
      is_image_safe: true,
      seed: anyNumber,
      style_type: "AUTO",
    },
  ],
};

describe("1min.ai's format", () => {
  test.each(EXAMPLES)("answers the example of $model with all that its page documents", async (example) => {
    const { model, promptObject } = example;
    await plant(promptObject.imageUrl, await original());
    await plant(promptObject.maskUrl, model === "ideogram-3" ? await black() : await white());
    const answer = await feature(example);
    expect(answer.status).toBe(200);
    const { aiRecord } = (await answer.json()) as Answered;
    expect(aiRecord).toMatchObject({
      ...DOCUMENTED,
      model,
      aiRecordDetail: {
        promptObject,
        resultObject: [anyText],
        responseObject: model === "ideogram-3" ? DOCUMENTED_OF_IDEOGRAM : {},
      },
    });
    // a link that needs no key, and a path that is relative to the API's address
    const places = [aiRecord.temporaryUrl, `${t.stack.url}/${aiRecord.aiRecordDetail.resultObject[0]}`];
    for (const place of places) {
      const result = await sharp(await (await fetch(place)).bytes()).metadata();
      expect(result).toMatchObject({ ...SIZE, format: model === "stable-image" ? "jpeg" : "png" });
    }
  });

  test("honours each model's own mask rule, and leaves the rest as it was", async () => {
    const image = (await upload(await original())).body.fileContent.path;
    for (const [model, hole] of [
      ["gpt-image-1-mini", await white()],
      ["ideogram-3", await black()],
    ] as const) {
      const maskUrl = (await upload(hole, "mask.png")).body.fileContent.path;
      const more = model === "ideogram-3" ? { num_images: 1 } : { size: "1024x1024", n: 1 };
      const asked = {
        type: "IMAGE_INPAINTER",
        model,
        promptObject: { imageUrl: image, maskUrl, prompt: "a hat", ...more, output_format: "png" },
      };
      const { aiRecord } = (await (await feature(asked)).json()) as Answered;
      const edited = await (await fetch(aiRecord.temporaryUrl)).bytes();
      const changed = await changes(await original(), edited);
      expect(changed.outside).toBe(0);
      expect(changed.inside).toBeGreaterThan(0.9 * BOX.width * BOX.height);
    }
  });

  test("uploads are answered in its shape, and taken by path, address or id", async () => {
    const { status, body } = await upload(await original(), "my cat.png");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      asset: {
        fieldname: "asset",
        originalname: "my cat.png",
        encoding: "7bit",
        mimetype: "image/png",
        size: anyNumber,
        bucket: anyText,
        key: anyText,
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
    const maskUrl = (await upload(await white(), "mask.png")).body.fileContent.path;
    const names = [body.fileContent.path, `/${body.fileContent.path}`, String(body.asset["location"])];
    for (const [i, imageUrl] of names.entries()) {
      const promptObject = { imageUrl, maskUrl, prompt: `a hat ${i}`, output_format: "jpeg" };
      expect((await feature({ type: "IMAGE_INPAINTER", model: "stable-image", promptObject })).status).toBe(200);
    }
  });

  test("asynchronous work is asked after until it is done, and unknown work is nothing", async () => {
    const [imageUrl, maskUrl] = [await upload(await original()), await upload(await white())].map(
      ({ body }) => body.fileContent.path,
    );
    const promptObject = { imageUrl, maskUrl, prompt: "later", output_format: "jpeg" };
    const asked = await post("/api/features", {
      type: "IMAGE_INPAINTER",
      model: "stable-image",
      promptObject,
      async: true,
    });
    const { aiRecord } = (await asked.json()) as Answered;
    expect(aiRecord).toMatchObject({ status: "PROCESSING", uuid: anyText });
    const result = async (uuid: string, key = t.stack.apiKey) =>
      (await fetch(`${t.stack.url}/api/results/${uuid}`, { headers: { "API-KEY": key } })).json() as Promise<Answered>;
    await t.advanceUntil(async () => (await result(aiRecord.uuid)).aiRecord.status !== "PROCESSING");
    expect((await result(aiRecord.uuid)).aiRecord).toMatchObject({
      status: "SUCCESS",
      aiRecordDetail: { promptObject, resultObject: [anyText] },
      temporaryUrl: anyText,
    });
    const nobodys = ["e40dd9ef-0944-4ce5-bc90-1edd2548619a", "nonsense", "__proto__"];
    for (const uuid of nobodys) expect(await result(uuid)).toEqual({ aiRecord: null });
    expect(await result(aiRecord.uuid, await t.newKey("somebody-else"))).toEqual({ aiRecord: null });
  });

  describe("says what is wrong as the platform does", () => {
    const sound = { imageUrl: "a.png", maskUrl: "b.png", prompt: "a hat", output_format: "jpeg" };
    test.each<[string, unknown, object]>([
      ["nothing", {}, { errorCode: "MISSING_REQUIRED_FIELDS" }],
      [
        "fields that are missing",
        { type: "IMAGE_INPAINTER", model: "gpt-image-1-mini", promptObject: sound },
        {
          errorCode: "MISSING_REQUIRED_FIELDS",
          details: expect.stringContaining('{"field":"size","message":"size is required"}'),
        },
      ],
      [
        "another model",
        { type: "IMAGE_INPAINTER", model: "acme-9", promptObject: sound },
        { errorCode: "UNSUPPORTED_MODEL" },
      ],
      [
        "another feature",
        { type: "IMAGE_UPSCALER", model: "stable-image", promptObject: sound },
        { message: expect.stringContaining("IMAGE_INPAINTER") },
      ],
      [
        "a value that the table does not list",
        { type: "IMAGE_INPAINTER", model: "stable-image", promptObject: { ...sound, output_format: "png" } },
        { message: "output_format must be one of jpeg" },
      ],
      [
        "a picture that is not there",
        { type: "IMAGE_INPAINTER", model: "stable-image", promptObject: sound },
        { errorCode: "EXTERNAL_API_RESPONSE_WITH_ERROR", details: expect.stringContaining('"status":400') },
      ],
    ])("%s", async (_, body, said) => {
      const answer = await post("/api/features", body);
      expect([answer.status, await answer.json()]).toMatchObject([400, said]);
    });

    test("a wrong key, and none", async () => {
      for (const key of [{ "API-KEY": "wrong" }, {}]) {
        const answer = await fetch(`${t.stack.url}/api/results/x`, { headers: key as Record<string, string> });
        expect([answer.status, await answer.json()]).toMatchObject([401, { errorCode: "INVALID_AUTH_TOKEN" }]);
      }
    });

    test("a file without a type in its name", async () => {
      const { status, body } = await upload(await original(), "photo");
      expect([status, body]).toMatchObject([400, { message: expect.stringContaining("isn't supported") }]);
    });

    test("what moderation refused", async () => {
      const [imageUrl, maskUrl] = [await upload(await original()), await upload(await white())].map(
        ({ body }) => body.fileContent.path,
      );
      simulators.stability.behave({ refuse: "moderation" });
      const answer = await feature({
        type: "IMAGE_INPAINTER",
        model: "stable-image",
        promptObject: { ...sound, imageUrl, maskUrl },
      });
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { errorCode: "EXTERNAL_API_RESPONSE_WITH_ERROR", details: expect.stringContaining("moderation_blocked") },
      ]);
    });
  });

  test("a request whose answer was lost is not paid for twice, and one that was answered is a new variation", async () => {
    const [imageUrl, maskUrl] = [await upload(await original()), await upload(await white())].map(
      ({ body }) => body.fileContent.path,
    );
    const promptObject = { imageUrl, maskUrl, prompt: "once", output_format: "jpeg" };
    const body = { type: "IMAGE_INPAINTER", model: "stable-image", promptObject };
    const leaving = new AbortController();
    const before = simulators.stability.works.length;
    const lost = fetch(`${t.stack.url}/api/features`, {
      method: "POST",
      headers: headers(),
      body: JSON.stringify(body),
      signal: leaving.signal,
    });
    await simulators.stability.until(() => simulators.stability.works.length > before);
    leaving.abort();
    await lost.catch(() => {});
    expect((await feature(body)).status).toBe(200);
    expect(simulators.stability.works.length - before).toBe(1);
    expect((await feature(body)).status).toBe(200);
    expect(simulators.stability.works.length - before).toBe(2);
  });
});

async function changes(a: Uint8Array, b: Uint8Array): Promise<{ inside: number; outside: number }> {
  const [one, two] = await Promise.all([a, b].map((file) => sharp(file).removeAlpha().raw().toBuffer()));
  const counts = { inside: 0, outside: 0 };
  for (let i = 0; i < SIZE.width * SIZE.height; i++) {
    if (one?.compare(two ?? one, i * 3, i * 3 + 3, i * 3, i * 3 + 3) === 0) continue;
    const [x, y] = [i % SIZE.width, Math.floor(i / SIZE.width)];
    const [dx, dy] = [
      Math.max(BOX.left - x, x - BOX.left - BOX.width + 1),
      Math.max(BOX.top - y, y - BOX.top - BOX.height + 1),
    ];
    if (dx <= 0 && dy <= 0) counts.inside++;
    // further than any feather reaches
    else if (Math.max(dx, dy) > 20) counts.outside++;
  }
  return counts;
}
