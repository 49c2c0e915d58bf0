import { readFile } from "node:fs/promises";
import sharp from "sharp";
import {
  type ManualTime,
  type ModelsLabOptions,
  type ModelsLabSimulator,
  manualTime,
  startModelsLab,
} from "../src/index.ts";
import { type Answer, json, startServer } from "../src/server.ts";

export type Json = Record<string, unknown>;

/** An answer or a callback, as far as a test looks at it. */
export interface Reply {
  id: number;
  status: string;
  message?: unknown;
  output?: unknown;
  future_links?: unknown;
  proxy_links?: unknown;
  track_id?: unknown;
  meta?: unknown;
  nsfw_content_detected?: unknown;
}

/** A simulator, an app's server beside it (pictures under `/`, a webhook at `/hook`), and a clock that stands still. */
export interface Scene extends AsyncDisposable {
  modelsLab: ModelsLabSimulator;
  time: ManualTime;
  /** Files of the app's server by path. */
  files: Map<string, Uint8Array>;
  appUrl: string;
  hook: string;
  /** What the webhook got, in order. */
  received: Reply[];
  /** How the webhook answers; `undefined` never answers. */
  hookAnswer: Answer | undefined;
  /** A complete request body, with some fields replaced or (`undefined`) left out. */
  body(changes?: Json): Json;
  submit(changes?: Json): Promise<Response>;
  /** The same, its JSON read. */
  submitJson(changes?: Json): Promise<Reply>;
  fetchJob(id: unknown): Promise<Reply>;
  post(path: string, body: Json): Promise<Response>;
}

export const KEY = "key-1";
export const FIXTURE = new URL("../fixtures/mask-rule/", import.meta.url);

export async function openScene(options: Partial<ModelsLabOptions> = {}): Promise<Scene> {
  const time = manualTime();
  const modelsLab = await startModelsLab({ keys: [KEY, "key-2"], time, ...options });
  const files = new Map<string, Uint8Array>([
    ["/photo.png", await readFile(new URL("photo.png", FIXTURE))],
    ["/mask.png", await readFile(new URL("mask.png", FIXTURE))],
  ]);
  const app = await startServer({
    host: "127.0.0.1",
    port: 0,
    maxBodyBytes: 1024 * 1024 * 16,
    async handle(exchange) {
      if (exchange.path === "/hook") {
        scene.received.push(JSON.parse((await exchange.readBody()).toString()));
        if (scene.hookAnswer !== undefined) exchange.send(scene.hookAnswer);
        return;
      }
      const file = files.get(exchange.path);
      exchange.send(file === undefined ? { status: 404, body: "none" } : { status: 200, body: file });
    },
  });

  const post = (path: string, body: Json) =>
    fetch(modelsLab.url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const scene: Scene = {
    modelsLab,
    time,
    files,
    appUrl: app.url,
    hook: `${app.url}/hook`,
    received: [],
    hookAnswer: json({ ok: true }),
    body: (changes = {}) => ({
      key: KEY,
      prompt: "a cat sitting on a bench",
      init_image: `${app.url}/photo.png`,
      mask_image: `${app.url}/mask.png`,
      width: "256",
      height: 256,
      seed: 7,
      ...changes,
    }),
    post,
    submit: (changes) => post("/api/v6/image_editing/inpaint", scene.body(changes)),
    submitJson: async (changes) => await (await scene.submit(changes)).json(),
    fetchJob: async (id) => await (await post(`/api/v6/image_editing/fetch/${id}`, { key: KEY })).json(),
    async [Symbol.asyncDispose]() {
      await modelsLab.close();
      await app.close();
    },
  };
  return scene;
}

/** The first of a list of links. */
export function firstLink(list: unknown): string {
  const link = Object.values(list as Json)[0];
  if (typeof link !== "string") throw new Error(`no link in ${JSON.stringify(list)}`);
  return link;
}

export interface Pixels {
  width: number;
  height: number;
  /** RGB, three bytes a pixel. */
  data: Buffer;
}

export async function pixelsOf(picture: Uint8Array | ArrayBuffer): Promise<Pixels> {
  const { data, info } = await sharp(picture)
    .removeAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

export async function download(url: string): Promise<Pixels> {
  return await pixelsOf(await (await fetch(url)).arrayBuffer());
}

/** The largest difference of any channel of pixel (x, y), in levels. */
export function difference(one: Pixels, other: Pixels, x: number, y: number): number {
  const offset = (y * one.width + x) * 3;
  return Math.max(
    ...[0, 1, 2].map((channel) => Math.abs((one.data[offset + channel] ?? 0) - (other.data[offset + channel] ?? 0))),
  );
}
