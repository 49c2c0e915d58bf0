import sharp from "sharp";
import { paint } from "../paint.ts";
import type { Work } from "../vendor.ts";
import type { OneMinBehaviour } from "./behaviour.ts";

/** Work that was taken, and is billed. */
export interface OneMinWork extends Work {
  /** The record's uuid. */
  readonly id: string;
  readonly model: string;
  readonly async: boolean;
  /** The pictures that style or character were taken from, by field. */
  readonly references: Readonly<Record<string, readonly Uint8Array[]>>;
  /** Fields that the model's table does not list: ignored without a word. */
  readonly ignored: readonly string[];
  readonly behaviour: OneMinBehaviour;
  readonly seed: number;
  /** ms since the epoch. */
  readonly createdAt: number;
  status: "PROCESSING" | "SUCCESS" | "FAILURE";
  /** Asset keys of the finished pictures. */
  keys: string[];
  /** How often it has been asked after. */
  asked: number;
}

/** A finished picture, painted when somebody looks. */
export interface Painted {
  make(): Promise<Uint8Array>;
  format: "png" | "jpeg" | "webp";
}

/** Stable Image answers with about 4 megapixels, whatever it was sent. */
const STABLE_PIXELS = 4_194_304;

/** The pictures that a model makes of its work, in the format and at the size that its documentation promises. */
export function picturesOf(work: OneMinWork): Painted[] {
  const { fields } = work;
  const count = Number(fields["n"] ?? fields["num_images"] ?? 1);
  const format = (fields["output_format"] as Painted["format"] | undefined) ?? "png";
  return Array.from({ length: count }, (_, index) => ({
    format,
    make: () => paintOne(work, { index, format }),
  }));
}

async function paintOne(
  { model, prompt, photo, mask, paints, fields, seed }: OneMinWork,
  { index, format }: { index: number; format: Painted["format"] },
): Promise<Uint8Array> {
  const { width, height } = await sharp(photo).metadata();
  const [, wide = width, high = height] = /^(\d+)x(\d+)$/.exec(String(fields["size"]))?.map(Number) ?? [];
  const soft = paints === "white";
  const job = { photo, mask, where: paints, soft, width: wide, height: high, prompt, seed: seed + index };
  const png = await paint(job);
  const stretch = model === "stable-image" ? Math.sqrt(STABLE_PIXELS / (width * height)) : 1;
  if (stretch === 1 && format === "png") return png;
  const resized = sharp(png).resize(Math.round(wide * stretch), Math.round(high * stretch), { fit: "fill" });
  // sharp takes a PNG's `quality` for a wish to have few colours
  if (format === "png") return await resized.png({ compressionLevel: 1 }).toBuffer();
  const quality = Math.max(1, Number(fields["output_compression"] ?? 85));
  return await resized.toFormat(format, { quality }).toBuffer();
}
