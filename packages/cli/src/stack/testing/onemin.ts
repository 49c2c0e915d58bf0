import { assetIdFor, storeUpload } from "@infill/core";
import { sampleCaller } from "@infill/core/testing";
import { mask, photo } from "@infill/functions/testing";
import sharp from "sharp";
import { expect } from "vitest";
import { type Simulators, startSimulators } from "../../simulate.ts";
import { during } from "./openai.ts";
import { startTestStack, type TestStack } from "./test-stack.ts";

/** A day on which every model is served. */
const DAY = Date.UTC(2026, 10, 20);

/** Of the pictures below, px. */
export const SIZE = { width: 512, height: 384 };
/** What the masks open, px. */
export const BOX = { left: 150, top: 200, width: 120, height: 80 };

/** White where the edit is to be. */
export const white = () => mask(SIZE.width, SIZE.height, BOX);
/** Black where the edit is to be. */
export const black = async () =>
  sharp(await white())
    .negate({ alpha: false })
    .png()
    .toBuffer();
export const original = () => photo(SIZE.width, SIZE.height);

/** What is read of an answer. */
export interface Answered {
  aiRecord: {
    uuid: string;
    status: string;
    errorMessage?: string;
    temporaryUrl: string;
    aiRecordDetail: { promptObject: object; resultObject: string[]; responseObject: object };
  };
  errorCode?: string;
  message?: string;
  details?: string;
}

export interface Uploaded {
  asset: Record<string, unknown>;
  fileContent: { path: string };
}

/** A stack whose vendors are all simulated, and a client of 1min.ai's with its base URL changed. */
export interface OneMinStack {
  t: TestStack;
  simulators: Simulators;
  /** Puts a picture where an example of the platform's pages has one. */
  plant(path: string, bytes: Uint8Array): Promise<void>;
  post(body: unknown, init?: RequestInit): Promise<Response>;
  /** The same, while time passes. */
  feature(body: unknown): Promise<{ status: number; headers: Headers; body: Answered }>;
  /** Asks `model` for an edit; pictures by their paths. */
  edit(model: string, promptObject: object, more?: object): ReturnType<OneMinStack["feature"]>;
  upload(bytes: Uint8Array, name?: string): Promise<{ status: number; body: Uploaded }>;
  /** Uploads a picture, and gives its path. */
  path(bytes: Uint8Array): Promise<string>;
  result(uuid: string, key?: string): Promise<Answered>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startOneMinStack(): Promise<OneMinStack> {
  const started: { simulators?: Simulators; close?: () => Promise<void> } = {};
  const t = await startTestStack({
    startAt: DAY,
    async vendors(time) {
      const { providers, ...rest } = await startSimulators(time);
      Object.assign(started, rest);
      return providers;
    },
  });
  const headers = { "API-KEY": t.stack.apiKey };
  const post: OneMinStack["post"] = (body, init) =>
    fetch(`${t.stack.url}/api/features`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
      ...init,
    });
  const feature: OneMinStack["feature"] = async (body) => {
    const answer = await during(t, post(body));
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answered };
  };
  const upload: OneMinStack["upload"] = async (bytes, name = "photo.png") => {
    const form = new FormData();
    form.append("asset", new Blob([new Uint8Array(bytes)], { type: "image/png" }), name);
    const answer = await fetch(`${t.stack.url}/api/assets`, { method: "POST", headers, body: form });
    return { status: answer.status, body: (await answer.json()) as Uploaded };
  };
  return {
    t,
    simulators: started.simulators as Simulators,
    async plant(path, bytes) {
      const tenant = (await t.stack.records.getKey(t.stack.apiKey.slice(0, 30)))?.tenant ?? "";
      const deps = { ...t.stack, clock: t.clock, ids: { make: () => "", secret: () => "" } };
      const id = assetIdFor({ tenant, name: path });
      await storeUpload(deps, sampleCaller({ tenant }), { purpose: "image", bytes, id });
    },
    post,
    feature,
    edit: (model, promptObject, more) => feature({ type: "IMAGE_INPAINTER", model, promptObject, ...more }),
    upload,
    path: async (bytes) => (await upload(bytes)).body.fileContent.path,
    async result(uuid, key = t.stack.apiKey) {
      const answer = await fetch(`${t.stack.url}/api/results/${uuid}`, { headers: { "API-KEY": key } });
      return (await answer.json()) as Answered;
    },
    async [Symbol.asyncDispose]() {
      await t[Symbol.asyncDispose]();
      await started.close?.();
    },
  };
}

export const anyText = expect.any(String);
export const anyNumber = expect.any(Number);

/** Every field that the page of gpt-image-1-mini documents of an answer. */
export const DOCUMENTED = {
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

/** And that of ideogram-3, of its maker's answer. */
export const DOCUMENTED_OF_IDEOGRAM = {
  created: anyText,
  data: [
    {
      url: anyText,
      prompt: "A dog wearing a cowboy hat",
      resolution: `${SIZE.width}x${SIZE.height}`,
      is_image_safe: true,
      seed: anyNumber,
      style_type: "AUTO",
    },
  ],
};

/**
 * How many pixels changed by more than so much, inside the box and away from it.
 * @param tolerance of a colour, of 255: what a lossy format may do
 */
export async function changes(
  a: Uint8Array,
  b: Uint8Array,
  tolerance = 0,
): Promise<{ inside: number; outside: number }> {
  const raw = (file: Uint8Array) => sharp(file).removeAlpha().toColourspace("srgb").raw().toBuffer();
  const [one, two] = await Promise.all([raw(a), raw(b)]);
  if (one.length !== two.length) throw new Error("The sizes differ");
  const counts = { inside: 0, outside: 0 };
  for (let i = 0; i < SIZE.width * SIZE.height; i++) {
    const at = [i * 3, i * 3 + 1, i * 3 + 2];
    if (at.every((byte) => Math.abs((one[byte] ?? 0) - (two[byte] ?? 0)) <= tolerance)) continue;
    const [x, y] = [i % SIZE.width, Math.floor(i / SIZE.width)];
    const away = Math.max(BOX.left - x, x - BOX.left - BOX.width + 1, BOX.top - y, y - BOX.top - BOX.height + 1);
    if (away <= 0) counts.inside++;
    // further than any feather reaches
    else if (away > 20) counts.outside++;
  }
  return counts;
}
