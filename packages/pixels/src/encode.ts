import { InfillError, type OutputFormat } from "@infill/core";
import type { Channels } from "sharp";
import { BACKDROP } from "./colour.ts";
import { hasAlpha, inEightBits, type Raster } from "./raster.ts";
import { loadSharp } from "./sharp.ts";
import { toTiff } from "./tiff.ts";
import { withProfile } from "./webp-profile.ts";

/** The longest side each format can hold, px. */
const LONGEST_SIDE: Record<OutputFormat, number> = { png: 2 ** 31 - 1, jpeg: 65_535, webp: 16_383 };

/**
 * Encodes a result: its samples as they are, its profile attached without converting, no other metadata.
 *
 * PNG keeps 16 bits, grey and alpha. WebP is lossless unless a quality is given, in RGB; a grey photo's
 * profile cannot be kept in it. JPEG is 4:4:4, with white behind what was transparent.
 *
 * @param quality 1–100; jpeg 95 unless given
 * @throws InfillError `unsupported_option` at `/outputFormat` when a side is too long for the format
 */
export async function encode(
  raster: Raster,
  profile: Uint8Array | undefined,
  format: OutputFormat,
  quality: number | undefined,
): Promise<Uint8Array> {
  const { width, height, channels } = raster;
  const longest = LONGEST_SIDE[format];
  if (Math.max(width, height) > longest) {
    throw new InfillError(
      "unsupported_option",
      `A ${format} holds sides up to ${longest} px; the photo is ${width}×${height}.`,
      {
        pointer: "/outputFormat",
        details: { width, height, longest },
      },
    );
  }

  const sharp = await loadSharp();
  const grey = channels <= 2;
  const wide = format === "png" && raster.data instanceof Uint16Array;
  const ready = format === "png" ? raster : inEightBits(raster);
  const carried = format === "webp" && grey ? undefined : profile;
  const space = format === "webp" || !grey ? (wide ? "rgb16" : "srgb") : wide ? "grey16" : "b-w";
  // WebP's encoder holds a picture several times over: it is given no TIFF, and the profile is put in after it
  const input =
    format === "webp"
      ? sharp(ready.data, { raw: { width, height, channels: channels as Channels }, limitInputPixels: false })
      : sharp(toTiff(ready, carried), { limitInputPixels: false });
  // keepIccProfile also keeps sharp from converting anything
  const picture = input.keepIccProfile().toColourspace(space);
  switch (format) {
    case "png":
      return picture.png({ compressionLevel: 2, adaptiveFiltering: true }).toBuffer();
    case "webp": {
      // `exact` keeps the colour of pixels that are fully transparent
      const bytes = await picture
        .webp(quality === undefined ? { lossless: true, exact: true, effort: 0 } : { quality, exact: true })
        .toBuffer();
      return carried === undefined ? bytes : withProfile(bytes, carried, raster, hasAlpha(channels));
    }
    case "jpeg":
      if (hasAlpha(channels)) picture.flatten({ background: BACKDROP });
      return picture.jpeg({ quality: quality ?? 95, chromaSubsampling: "4:4:4" }).toBuffer();
  }
}
