import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import type { Format } from "./container.ts";

/** A sound picture, to be damaged. */
export interface Seed {
  name: string;
  format: Format;
  file: Uint8Array;
  /** Px, as a person sees it. */
  width: number;
  height: number;
}

/** Small, so that many can be tried; and one as a phone takes it. */
const SMALL = { width: 96, height: 64 };
const LARGE = { width: 4000, height: 3000 };

type Channels = 1 | 2 | 3 | 4;

/** Waves, so that every encoder has something to do, and of the same numbers everywhere. */
function waves({ width, height }: typeof SMALL, channels: Channels): Sharp {
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    data[i] = 128 + 120 * Math.sin((pixel % width) / (5 + (i % channels)) + Math.floor(pixel / width) / 9);
  }
  const raw = sharp(data, { raw: { width, height, channels } });
  return channels <= 2 ? raw.toColourspace("b-w") : raw;
}

const turned = { orientation: 6 };

/** By what each has that others do not: kinds of pixels, of compression, of metadata. */
const SMALL_SEEDS: Record<string, () => Sharp> = {
  "png rgb": () => waves(SMALL, 3).png(),
  "png rgba": () => waves(SMALL, 4).png(),
  "png grey": () => waves(SMALL, 1).png(),
  "png grey and alpha": () => waves(SMALL, 2).png(),
  "png 16 bits": () => waves(SMALL, 3).toColourspace("rgb16").png(),
  "png grey 16 bits": () => waves(SMALL, 1).toColourspace("grey16").png(),
  "png palette": () => waves(SMALL, 3).png({ palette: true, colours: 16 }),
  "png palette and alpha": () => waves(SMALL, 4).png({ palette: true }),
  "png interlaced": () => waves(SMALL, 3).png({ progressive: true }),
  "png profile": () => waves(SMALL, 3).withIccProfile("p3").png(),
  "png turned": () => waves(SMALL, 3).withMetadata(turned).png(),
  "jpeg 4:2:0": () => waves(SMALL, 3).jpeg(),
  "jpeg 4:4:4": () => waves(SMALL, 3).jpeg({ chromaSubsampling: "4:4:4", quality: 95 }),
  "jpeg progressive": () => waves(SMALL, 3).jpeg({ progressive: true }),
  "jpeg grey": () => waves(SMALL, 1).jpeg(),
  "jpeg profile": () => waves(SMALL, 3).withIccProfile("p3").jpeg(),
  "jpeg turned": () => waves(SMALL, 3).withMetadata(turned).jpeg(),
  "jpeg cmyk": () => waves(SMALL, 3).toColourspace("cmyk").jpeg(),
  "webp lossy": () => waves(SMALL, 3).webp(),
  "webp lossless": () => waves(SMALL, 3).webp({ lossless: true }),
  "webp alpha": () => waves(SMALL, 4).webp(),
  "webp lossless alpha": () => waves(SMALL, 4).webp({ lossless: true }),
  "webp profile": () => waves(SMALL, 3).withIccProfile("p3").webp(),
  "webp turned": () => waves(SMALL, 3).withMetadata(turned).webp(),
};

/** As a camera takes them, below the 30 MiB that an upload may have. */
const LARGE_SEEDS: Record<string, () => Sharp> = {
  "jpeg of 12 megapixels": () => waves(LARGE, 3).jpeg(),
  "png of 12 megapixels": () => waves(LARGE, 3).png({ adaptiveFiltering: true }),
  "webp of 12 megapixels": () => waves(LARGE, 3).webp({ effort: 0 }),
};
export const LARGE_NAMES = Object.keys(LARGE_SEEDS);

export interface Seeds {
  list: Seed[];
  /** White in the middle, of a picture's size. */
  maskFor(seed: Seed): Uint8Array;
}

export async function smallSeeds(): Promise<Seeds> {
  const list: Seed[] = [];
  for (const [name, recipe] of Object.entries(SMALL_SEEDS)) list.push(await seedOf(name, await recipe().toBuffer()));
  const upright = await maskOf(SMALL.width, SMALL.height);
  const turned = await maskOf(SMALL.height, SMALL.width);
  return { list, maskFor: ({ width }) => (width === SMALL.width ? upright : turned) };
}

/** Makes the large ones, which takes seconds and much memory, for {@link largeSeed} to read. */
export async function writeLargeSeeds(folder: string): Promise<void> {
  for (const [name, recipe] of Object.entries(LARGE_SEEDS))
    await writeFile(join(folder, name), await recipe().toBuffer());
  await writeFile(join(folder, "mask"), await maskOf(LARGE.width, LARGE.height));
}

/** One of {@link LARGE_NAMES}. */
export async function largeSeed(folder: string, name: string): Promise<Seeds> {
  const mask = await readFile(join(folder, "mask"));
  return { list: [await seedOf(name, await readFile(join(folder, name)))], maskFor: () => mask };
}

async function seedOf(name: string, file: Uint8Array): Promise<Seed> {
  const { width, height } = (await sharp(file).metadata()).autoOrient;
  return { name, format: name.split(" ")[0] as Format, file, width, height };
}

function maskOf(width: number, height: number): Promise<Buffer> {
  const quarter = { left: width >> 2, right: width >> 2, top: height >> 2, bottom: height >> 2 };
  const inner = { width: width - 2 * quarter.left, height: height - 2 * quarter.top };
  return sharp({ create: { ...inner, channels: 3, background: "white" } })
    .extend({ ...quarter, background: "black" })
    .toColourspace("b-w")
    .png()
    .toBuffer();
}
