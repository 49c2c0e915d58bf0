import { MAX_PIXELS } from "@infill/core";
import { type Picture, reason } from "./inspect.ts";
import type { Raster } from "./raster.ts";
import { loadSharp } from "./sharp.ts";

/**
 * Decodes a picture completely: upright, the numbers as they are stored, no colour conversion.
 * A file that ends too early or is damaged is refused, never filled up with grey. What libjpeg only warns of
 * is taken: bytes too many before a marker, which cameras write, and so too few before the end marker.
 *
 * @param bits 8 narrows a 16-bit picture; the picture's own depth unless given
 * @returns 1 (grey), 2 (grey+alpha), 3 (RGB) or 4 (RGBA) channels
 * @throws InfillError as the picture's subject says
 */
export async function decode(picture: Picture, bits: 8 | 16 = picture.bits): Promise<Raster> {
  const { bytes, subject, size, grey, alpha } = picture;
  const wide = bits === 16;
  // sharp's 8-bit grey output drops an alpha channel: take it as RGBA and halve that.
  const detour = grey && alpha && !wide;
  const space = wide ? (grey ? "grey16" : "rgb16") : grey && !detour ? "b-w" : "srgb";

  const sharp = await loadSharp();
  const { data, info } = await sharp(bytes, { failOn: "error", ignoreIcc: true, limitInputPixels: MAX_PIXELS })
    .autoOrient()
    .toColourspace(space)
    .raw({ depth: wide ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw subject.refuse(
        `The ${subject.name} cannot be decoded; it is cut off or damaged: ${reason(error)}.`,
        { ...size, bytes: bytes.byteLength },
        error,
      );
    });

  const samples = wide
    ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const raster: Raster = { width: info.width, height: info.height, channels: info.channels, data: samples };
  return detour ? greyAndAlpha(raster) : raster;
}

function greyAndAlpha({ width, height, data }: Raster): Raster {
  const halved = new Uint8Array(width * height * 2);
  for (let i = 0; i < width * height; i++) {
    halved[i * 2] = data[i * 4] ?? 0;
    halved[i * 2 + 1] = data[i * 4 + 3] ?? 0;
  }
  return { width, height, channels: 2, data: halved };
}
