import { randomUUID } from "node:crypto";
import sharp from "sharp";
import type { Stream } from "./schedule.ts";
import { MODEL, OPEN, type Target } from "./target.ts";

/** px. */
const SIDE = 256;
/** Jobs that wait for a callback for as long as it lasts. */
const OPEN_JOBS = 2;

/** What an app and a vendor ask of it. */
export interface Users {
  streams(paces: Record<"create" | "poll" | "callback" | "bare", number>): Record<keyof typeof paces, Stream>;
  /** Ids of the jobs that were made, the open ones left out. */
  made: string[];
  /** The job, as the API tells of it. */
  job(id: string): Promise<{ status: string; createdAt: string; finishedAt?: string }>;
}

/** Uploads a photo and a mask, and opens the jobs that callbacks are for. */
export async function prepareUsers({ url, apiKey, webhooks }: Target): Promise<Users> {
  const authorization = `Bearer ${apiKey}`;
  const ask = async (path: string, status: number, init: RequestInit = {}): Promise<unknown> => {
    const answer = await fetch(new URL(path, url), init);
    const text = await answer.text();
    if (answer.status !== status) throw new Error(`${answer.status}${codeOf(text)}`);
    return JSON.parse(text);
  };
  const send = (path: string, status: number, body: object, headers: Record<string, string> = {}) =>
    ask(path, status, {
      method: "POST",
      headers: { authorization, "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });

  const upload = async (background: string): Promise<string> => {
    const inner = { create: { width: SIDE / 4, height: SIDE / 4, channels: 3 as const, background: "white" } };
    const file = await sharp({ create: { width: SIDE, height: SIDE, channels: 3, background } })
      .composite([{ input: inner, gravity: "centre" }])
      .png()
      .toBuffer();
    const wish = { contentType: "image/png", contentLength: file.length };
    const signed = (await send("/v1/uploads", 201, wish)) as { id: string; url: string; headers: HeadersInit };
    const put = await fetch(signed.url, { method: "PUT", headers: signed.headers, body: file });
    if (!put.ok) throw new Error(`an upload was refused with ${put.status}: ${await put.text()}`);
    return signed.id;
  };
  const [image, mask] = [await upload("steelblue"), await upload("black")];
  const create = async (prompt: string): Promise<string> => {
    const key = { "idempotency-key": randomUUID() };
    const { id } = (await send("/v1/inpaint", 202, { model: MODEL, prompt, image, mask }, key)) as { id: string };
    return id;
  };

  const open = await Promise.all(Array.from({ length: OPEN_JOBS }, () => create(OPEN)));
  const addresses = await webhooks(OPEN_JOBS);
  const made: string[] = [];
  const jobAt = (i: number): string => made.at(-1 - (i % 10)) ?? open[i % open.length] ?? "";
  const callback = JSON.stringify({ status: "processing", output: [] });
  return {
    made,
    job: async (id) => (await ask(`/v1/jobs/${id}`, 200, { headers: { authorization } })) as never,
    streams: (paces) => ({
      create: { perSecond: paces.create, ask: async () => void made.push(await create("a hat")) },
      poll: {
        perSecond: paces.poll,
        ask: async (i) => void (await ask(`/v1/jobs/${jobAt(i)}`, 200, { headers: { authorization } })),
      },
      callback: {
        perSecond: paces.callback,
        ask: async (i) => {
          const headers = { "content-type": "application/json" };
          await ask(addresses[i % addresses.length] ?? "", 200, { method: "POST", headers, body: callback });
        },
      },
      bare: { perSecond: paces.bare, ask: async () => void (await ask("/healthz", 200)) },
    }),
  };
}

/** A refusal's code, never its words. */
function codeOf(text: string): string {
  try {
    return ` ${JSON.parse(text).code ?? ""}`;
  } catch {
    return "";
  }
}
