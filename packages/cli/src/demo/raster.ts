import sharp, { type Sharp } from "sharp";

/** Decoded pixels, 8 bits a channel, row by row. */
export interface Raster {
  data: Uint8Array<ArrayBuffer>;
  width: number;
  height: number;
}

/** Decodes to RGB, upright. */
export const decodeRgb = (bytes: Uint8Array): Promise<Raster> =>
  raster(sharp(bytes).autoOrient().toColourspace("srgb").removeAlpha());

/** Decodes to one grey channel. */
export const decodeGrey = (bytes: Uint8Array): Promise<Raster> =>
  raster(sharp(bytes).removeAlpha().toColourspace("b-w").extractChannel(0));

async function raster(image: Sharp): Promise<Raster> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
