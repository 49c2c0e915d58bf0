import { photo } from "@infill/functions/testing";
import OpenAI, { type ClientOptions, toFile } from "openai";
import sharp from "sharp";
import type { TestStack } from "./test-stack.ts";

/** What the mask opens; px. */
const BOX = { left: 130, top: 90, width: 60, height: 50 };

/** OpenAI's own client, of which nothing but the address was changed. */
export const openAiClient = ({ stack }: TestStack, options: ClientOptions = {}): OpenAI =>
  new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: stack.apiKey, ...options });

/** The photo with a hole in it: OpenAI's kind of mask, and an image that brings its own. */
export const withHole = (): Promise<Uint8Array> => withBox(0, 0, 0, 0);

/** The photo with a red thing where the hole is. */
export const withSpot = (): Promise<Uint8Array> => withBox(255, 0, 0, 255);

async function withBox(...rgba: number[]): Promise<Uint8Array> {
  const { data, info } = await sharp(await photo())
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { left, top, width, height } = BOX;
  for (let y = top; y < top + height; y++)
    for (let x = left; x < left + width; x++) data.set(rgba, (y * info.width + x) * 4);
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 4 } })
    .png()
    .toBuffer();
}

/** As a client sends it. */
export const pngFile = (bytes: Uint8Array, name = "photo.png"): Promise<File> =>
  toFile(bytes, name, { type: "image/png" });

/** Erases the job that was made last, now or at its end. */
export async function eraseNewest({ api }: TestStack): Promise<string> {
  const { data } = (await (await api("/v1/jobs?limit=1")).json()) as { data: { id: string }[] };
  const id = data[0]?.id ?? "";
  const { ok } = await api(`/v1/jobs/${id}`, { method: "DELETE" });
  if (!ok) throw new Error(`${id} was not erased`);
  return id;
}

/** How many pixels changed, inside the hole and away from it (further than any feather reaches). */
export async function changes(before: Uint8Array, after: Uint8Array): Promise<{ inside: number; outside: number }> {
  const [one, two] = await Promise.all([before, after].map((file) => sharp(file).removeAlpha().raw().toBuffer()));
  if (one === undefined || two === undefined || one.length !== two.length) throw new Error("The sizes differ");
  const { width = 0 } = await sharp(before).metadata();
  const count = { inside: 0, outside: 0 };
  for (let at = 0; at < one.length; at += 3) {
    if (one.compare(two, at, at + 3, at, at + 3) === 0) continue;
    const [x, y] = [(at / 3) % width, Math.floor(at / 3 / width)];
    const [right, bottom] = [x - BOX.left - BOX.width, y - BOX.top - BOX.height];
    if (x >= BOX.left && y >= BOX.top && right < 0 && bottom < 0) count.inside++;
    else if (Math.max(BOX.left - x, right, BOX.top - y, bottom) > 20) count.outside++;
  }
  return count;
}

/** Whoever holds an answer looks again within this, ms. */
const LOOK_MS = 1000;

/**
 * Lets time pass until a request is answered – only while its answer is held: it is not to jump to
 * something far off while an answer, or a client that tries again, is on its way through a socket.
 */
export async function during<T>({ clock, quiet }: TestStack, request: PromiseLike<T>): Promise<T> {
  let over = false;
  const answered = Promise.resolve(request).finally(() => {
    over = true;
  });
  answered.catch(() => {}); // told to whoever awaits it
  while (!over) {
    await quiet();
    if (clock.untilNext() <= LOOK_MS) clock.advanceToNext();
    else await Promise.race([answered.catch(() => {}), turn()]);
  }
  return answered;
}

/** Lets this machine's sockets have their say. */
const turn = () => new Promise((resolve) => setImmediate(resolve));
