import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { colourChannels, inEightBits, type Raster } from "./raster.ts";
import { loadSharp } from "./sharp.ts";
import { toTiff } from "./tiff.ts";

/** What lies behind transparent pixels for a model, and in a JPEG. */
export const BACKDROP = "#ffffff";

/** A raster as something sharp opens in its own colours: 8 bits with its profile, RGB or grey, alpha kept. */
export function inOwnColours(raster: Raster, profile: Uint8Array | undefined): Uint8Array {
  return toTiff(inEightBits(raster), profile);
}

/**
 * Converts 8-bit sRGB to a photo's own colours: its profile, or plain grey where it is grey without one.
 *
 * @param rgb 3 channels
 * @param channels the photo's; 1 or 2 mean grey
 * @param scratch folder for a file that lives as long as the call: libvips takes a profile only by path
 * @returns 1 or 3 channels, 8 bits
 */
export async function toOwnColours(
  rgb: Raster,
  channels: number,
  profile: Uint8Array | undefined,
  scratch: string,
): Promise<Raster> {
  const wanted = colourChannels(channels);
  if (profile === undefined && wanted === 3) return rgb;
  const sharp = await loadSharp();
  const source = sharp(rgb.data, { raw: { width: rgb.width, height: rgb.height, channels: 3 } });
  if (profile === undefined) {
    const { data } = await source.toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
    return { ...rgb, channels: 1, data };
  }
  const folder = await mkdtemp(join(scratch, "infill-profile-"));
  try {
    const path = join(folder, "photo.icc");
    await writeFile(path, profile);
    const { data, info } = await source
      .withIccProfile(path, { attach: false })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { ...rgb, channels: info.channels, data };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
