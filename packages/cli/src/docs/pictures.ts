import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InpaintInput } from "@infill/core";
import { systemClock } from "@infill/local";
import sharp, { type Sharp } from "sharp";
import { createClient } from "../api/client.ts";
import { readPicture } from "../api/picture.ts";
import { uploadPictures } from "../api/upload.ts";
import { startSimulators } from "../simulate.ts";
import { startStack } from "../stack/stack.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const PHOTO = join(ROOT, "packages/cli/sample/coffee.png");
const MASK = join(ROOT, "packages/cli/sample/mask.png");
const OUT = join(ROOT, "docs/images/masks");
/** Where the spoon lies, px. */
const SPOON = { left: 290, top: 190, width: 150, height: 160 };

/** The sample's mask in every convention, as files: what a program that speaks it would upload. */
async function masksOf(white: Buffer) {
  const { data, info } = await sharp(white).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const rgba = (pixel: (marked: number) => number[]) =>
    sharp(Buffer.from([...data].flatMap(pixel)), { raw: { width, height, channels: 4 } })
      .png()
      .toBuffer();
  return {
    white,
    black: await sharp(white).negate({ alpha: false }).png().toBuffer(),
    alpha: await rgba((marked) => [90, 90, 90, 255 - marked]),
    painted: await rgba((marked) => [30, 110, 240, marked > 127 ? 180 : 0]),
  };
}

/** Edits of the sample photo through the API of a simulated stack. */
async function startEditor() {
  const folder = mkdtempSync(join(tmpdir(), "infill-pictures-"));
  const simulated = await startSimulators();
  const stack = await startStack({ dataDirectory: folder, port: 0, providers: simulated.providers });
  const client = createClient(stack, { fetch, clock: systemClock });
  const { signal } = new AbortController();
  return {
    async edited(mask: Buffer, how: Omit<InpaintInput, "image" | "mask">): Promise<Buffer> {
      const path = join(folder, "mask.png");
      writeFileSync(path, mask);
      const [image = "", maskId = ""] = await uploadPictures(
        client,
        [
          { picture: await readPicture(PHOTO, "photo"), purpose: "image" },
          { picture: await readPicture(path, "mask"), purpose: "mask" },
        ],
        () => {},
        signal,
      );
      const asked = await client.inpaint({ ...how, image, mask: maskId }, crypto.randomUUID(), signal);
      const job = await client.follow(asked, () => {}, signal);
      if (job.status !== "succeeded") throw new Error(`The job ${job.status}: ${job.error?.detail}`);
      return Buffer.from((await client.download(job.id, 0)).bytes);
    },
    async [Symbol.asyncDispose]() {
      await stack.close();
      await simulated.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The pictures of docs/masks.md. */
async function main(): Promise<void> {
  mkdirSync(OUT, { recursive: true });
  const white = readFileSync(MASK);
  const write = async (name: string, picture: Sharp) =>
    writeFileSync(join(OUT, name), await picture.png({ palette: true }).toBuffer());
  const masks = await masksOf(white);
  await using editor = await startEditor();

  const results: Buffer[] = [];
  for (const [convention, mask] of Object.entries(masks)) {
    const edit = { maskConvention: convention as keyof typeof masks };
    results.push(await editor.edited(mask, { model: "local/fill", operation: "erase", seed: 1, edit }));
    await write(`${convention}.png`, await onSquares(mask));
  }
  const [result = white] = results;
  if (results.some((other) => !other.equals(result))) throw new Error("One convention was read otherwise than another");
  await write("photo.png", sharp(PHOTO).resize(200));
  await write("result.png", sharp(result).resize(200));

  const soft = await sharp(white).blur(14).png().toBuffer();
  const EDGES = {
    hard: [white, { grow: 0, feather: 0 }],
    feather: [white, { grow: 0, feather: 24 }],
    grow: [white, { grow: 12, feather: 0 }],
    soft: [soft, { grow: 0, feather: 0 }],
  } as const;
  for (const [name, [mask, edit]] of Object.entries(EDGES)) {
    const painted = await editor.edited(mask, { model: "stability/inpaint", prompt: "a red balloon", seed: 7, edit });
    await write(`${name}.png`, sharp(painted).extract(SPOON));
  }
}

/** On squares, as paint programs show what is transparent, 200 px wide. */
async function onSquares(mask: Buffer): Promise<Sharp> {
  const { data, info } = await sharp(mask).ensureAlpha().resize(200).toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const squares = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><pattern id="p" width="16" height="16" patternUnits="userSpaceOnUse"><path d="M0 0h8v8h-8zM8 8h8v8h-8z" fill="#bbb"/></pattern></defs><rect width="100%" height="100%" fill="#eee"/><rect width="100%" height="100%" fill="url(#p)"/></svg>`;
  return sharp(Buffer.from(squares)).composite([{ input: data }]);
}

await main();
