import sharp from "sharp";
import { paint } from "./paint.ts";
import { openPicture, type Picture, PictureError } from "./pictures.ts";
import type { Random } from "./random.ts";
import type { Fields } from "./rulebook.ts";

/** Stability's edit services, as the vendor and Amazon Bedrock both sell them. */
export type StableService = "inpaint" | "erase";

const MAX_SEED = 4_294_967_294;
const MAX_WORDS = 10_000;
const MAX_PIXELS = 9_437_184;
const MIN_SIDE = 64;
/** "The resolution of the generated image will be 4 megapixels." */
export const OUTPUT_PIXELS = 4_194_304;

const STYLE_PRESETS = [
  ...["3d-model", "analog-film", "anime", "cinematic", "comic-book", "digital-art", "enhance", "fantasy-art"],
  ...["isometric", "line-art", "low-poly", "modeling-compound", "neon-punk", "origami", "photographic"],
  ...["pixel-art", "tile-texture"],
];
const OUTPUT_FORMATS = ["jpeg", "png", "webp"] as const;
type OutputFormat = (typeof OUTPUT_FORMATS)[number];

type Check = (value: unknown) => string | undefined;

const oneOf =
  (values: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && values.includes(value) ? undefined : `must be one of ${values.join(", ")}`;
const words =
  (min: number): Check =>
  (value) =>
    typeof value === "string" && value.length >= min && value.length <= MAX_WORDS
      ? undefined
      : `must be a string of ${min} to ${MAX_WORDS} characters`;
const whole =
  (max: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max
      ? undefined
      : `must be a whole number from 0 to ${max}`;

const COMMON: Record<string, Check> = {
  seed: whole(MAX_SEED),
  grow_mask: whole(20),
  output_format: oneOf(OUTPUT_FORMATS),
};
const CHECKS: Record<StableService, Record<string, Check>> = {
  inpaint: { ...COMMON, prompt: words(1), negative_prompt: words(0), style_preset: oneOf(STYLE_PRESETS) },
  erase: COMMON,
};

/** Fields of a request that are none of the service's. */
export const unknownFields = (service: StableService, names: readonly string[]): string[] =>
  names.filter((name) => !["image", "mask"].includes(name) && !(name in CHECKS[service]));

/** What is wrong with the fields beside the pictures: `seed: must be …`. */
export function fieldProblems(service: StableService, fields: Fields): string[] {
  const missing = service === "inpaint" && fields["prompt"] === undefined ? ["prompt: is required"] : [];
  const wrong = Object.entries(CHECKS[service]).flatMap(([name, check]) => {
    const problem = fields[name] === undefined ? undefined : check(fields[name]);
    return problem === undefined ? [] : [`${name}: ${problem}`];
  });
  return [...missing, ...wrong];
}

/** @returns the picture, or what is wrong with it. @param maxAspect longer side by shorter one */
export async function openPhoto(bytes: Uint8Array, maxAspect = Number.POSITIVE_INFINITY): Promise<Picture | string> {
  const picture = await openMask(bytes, "image");
  if (typeof picture === "string") return picture;
  const { width, height } = picture;
  if (Math.min(width, height) < MIN_SIDE) return `image: every side must be at least ${MIN_SIDE} pixels`;
  if (width * height > MAX_PIXELS) return `image: total pixel count must be at most ${MAX_PIXELS} pixels`;
  if (Math.max(width, height) / Math.min(width, height) > maxAspect) {
    return `image: aspect ratio must be between 1:${maxAspect} and ${maxAspect}:1`;
  }
  return picture;
}

/** Of any size: it is stretched to the photo. */
export async function openMask(bytes: Uint8Array, name = "mask"): Promise<Picture | string> {
  return await openPicture(bytes).catch((error: unknown) => {
    if (error instanceof PictureError) return `${name}: ${error.message}; it must be jpeg, png or webp`;
    throw error;
  });
}

export interface StableJob {
  photo: Picture;
  /** Without one, the photo's own transparency says where to paint. */
  mask: Picture | undefined;
  fields: Fields;
  /** Of the result. */
  pixels: number;
}

/** @returns the picture in the format that was asked for, and the seed it was painted with */
export async function paintStable(job: StableJob, random: Random, { blurred = false } = {}) {
  const { photo, mask, fields, pixels } = job;
  const scale = Math.sqrt(pixels / (photo.width * photo.height));
  // zero is "any", like none
  const seed = Number(fields["seed"] ?? 0) || random.next() % MAX_SEED;
  const painted = await paint({
    photo: photo.bytes,
    mask: (mask ?? photo).bytes,
    where: mask === undefined ? "transparent" : "white",
    soft: true,
    width: Math.round(photo.width * scale),
    height: Math.round(photo.height * scale),
    prompt: String(fields["prompt"] ?? ""),
    seed,
  });
  const format = (fields["output_format"] ?? "png") as OutputFormat;
  const shown = blurred ? sharp(painted).blur(20) : sharp(painted);
  const bytes = format === "png" && !blurred ? painted : await shown.toFormat(format).toBuffer();
  return { bytes, seed, contentType: `image/${format}` };
}
