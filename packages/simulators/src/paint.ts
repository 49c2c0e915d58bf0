import sharp from "sharp";
import { hash32, mix32 } from "./random.ts";

/** How far a pixel outside the mask may move, in levels of 0–255: generative models never return the rest untouched. */
export const DRIFT_LEVELS = 3;

/** From this grey up (0–255) a mask pixel counts as white, where grey has no meaning of its own. */
const WHITE_FROM = 128;

/**
 * Where a vendor paints: where the mask is white or black – judged by grey level alone, transparency means
 * nothing – or where it is transparent, whatever its colour.
 */
export type PaintRule = "white" | "black" | "transparent";

export interface PaintJob {
  /** Encoded photo. */
  photo: Uint8Array;
  /** Encoded mask. */
  mask: Uint8Array;
  /** Default `white`. */
  where?: PaintRule;
  /** Grey mixes painting and photo, as much of each as it says. */
  soft?: boolean;
  /** Size of the result in px; photo and mask are stretched to it. */
  width: number;
  height: number;
  prompt: string;
  seed: number;
}

/**
 * Plays an inpainting model: a loud two-coloured pattern where the mask says so, the photo with a faint noise
 * elsewhere. The prompt decides the hue, prompt and seed the pattern; the same job gives the same pixels.
 * @returns an RGB PNG of exactly `width` × `height` px
 */
export async function paint({ photo, mask, where = "white", soft = false, ...job }: PaintJob): Promise<Uint8Array> {
  const { width, height, prompt, seed } = job;
  const [pixels, marks] = await Promise.all([
    rawSamples(photo, width, height, "srgb", "lanczos3"),
    // nearest: a mask must not grow grey edges that nobody drew
    rawSamples(where === "transparent" ? await alphaOf(mask) : mask, width, height, "b-w", "nearest"),
  ]);
  drift(pixels, width * 3, mix32(hash32(prompt) ^ seed));
  const colourAt = pattern(prompt, seed);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      const mark = marks[at] ?? 0;
      const edited = where === "white" ? mark : 255 - mark;
      const share = soft ? edited / 255 : Number(edited >= WHITE_FROM);
      if (share === 0) continue;
      const colour = colourAt(x, y);
      for (let channel = 0; channel < 3; channel += 1) {
        const kept = pixels[at * 3 + channel] ?? 0;
        pixels[at * 3 + channel] = Math.round(kept + (Number(colour[channel]) - kept) * share);
      }
    }
  }
  return await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

/**
 * Moves every sample a little, in place; the same seed moves them in the same way. Every row alike: a number of its
 * own for each sample takes longer than all the rest of the painting.
 */
function drift(pixels: Uint8Array, row: number, seed: number): void {
  const levels = 2 * DRIFT_LEVELS + 1;
  const noise = Int8Array.from({ length: row }, (_, at) => (mix32(seed + at) % levels) - DRIFT_LEVELS);
  for (let from = 0; from < pixels.length; from += row) {
    for (let at = 0; at < row; at += 1) {
      pixels[from + at] = Math.min(255, Math.max(0, (pixels[from + at] ?? 0) + (noise[at] ?? 0)));
    }
  }
}

/** Decodes and stretches. Alpha goes first, in a pass of its own: a resize would let it darken the colours below it. */
async function rawSamples(
  picture: Uint8Array,
  width: number,
  height: number,
  space: "srgb" | "b-w",
  kernel: "lanczos3" | "nearest",
): Promise<Buffer> {
  const { data, info } = await sharp(picture)
    .removeAlpha()
    .toColourspace(space)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return await sharp(data, { raw: info })
    .resize(width, height, { fit: "fill", kernel })
    .toColourspace(space)
    .raw()
    .toBuffer();
}

/** The alpha channel as a picture of its own; white where there is none. */
const alphaOf = (mask: Uint8Array): Promise<Buffer> =>
  sharp(mask).ensureAlpha().extractChannel("alpha").toColourspace("b-w").png().toBuffer();

/** One flat colour: what a safety checker puts in a picture's place. @returns an RGB PNG */
export async function paintBlank(width: number, height: number): Promise<Uint8Array> {
  return await sharp({ create: { width, height, channels: 3, background: "black" } })
    .png()
    .toBuffer();
}

type Rgb = [red: number, green: number, blue: number];

function pattern(prompt: string, seed: number): (x: number, y: number) => Rgb {
  const hue = hash32(prompt) % 360;
  const dice = hash32(`${prompt}\n${seed}`);
  const dark = fromHue(hue, 0.45);
  const light = fromHue(hue, 1);
  const period = 12 + (dice % 25);
  const shift = (dice >>> 8) % period;
  const band = (distance: number) => Math.floor((distance + shift) / period) & 1;
  const shapes: ((x: number, y: number) => number)[] = [
    (x, y) => band(x + y),
    (x, y) => band(x - y),
    (x, y) => band(x) ^ band(y),
  ];
  const shape = shapes[(dice >>> 16) % shapes.length] ?? ((x: number) => band(x));
  return (x, y) => (shape(x, y) === 1 ? light : dark);
}

/** A saturated colour (HSV, saturation 0.85). `hue` in degrees, `value` 0–1. */
function fromHue(hue: number, value: number): Rgb {
  const channel = (turn: number) => {
    const k = (turn + hue / 60) % 6;
    return Math.round(255 * value * (1 - 0.85 * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [channel(5), channel(3), channel(1)];
}
