import type { Size } from "@infill/core";
import type { Plane } from "./raster.ts";
import { loadSharp } from "./sharp.ts";

/**
 * The least that bilinear scaling leaves anywhere inside the square of a painted pixel is a quarter
 * (at its corners): from this value on everything that was painted stays painted.
 */
const QUARTER = 63;

/**
 * A mask painted on a scaled view, brought to the photo's size. A mask of only 0 and 255 stays one,
 * and still covers all it covered; a soft mask is scaled like a picture.
 */
export async function scaleMask(mask: Plane, to: Size): Promise<Plane> {
  const hard = isHard(mask);
  if (hard && (to.width < mask.width || to.height < mask.height)) return coverTouched(mask, to);
  const scaled = await scaleSoft(mask, to);
  if (hard) for (let i = 0; i < scaled.data.length; i++) scaled.data[i] = (scaled.data[i] ?? 0) >= QUARTER ? 255 : 0;
  return scaled;
}

/** Scales by averaging (down) or bilinear interpolation (up). */
export async function scaleSoft(mask: Plane, to: Size): Promise<Plane> {
  if (mask.width === to.width && mask.height === to.height) return mask;
  const sharp = await loadSharp();
  const data = await sharp(mask.data, { raw: { width: mask.width, height: mask.height, channels: 1 } })
    .resize(to.width, to.height, { fit: "fill", kernel: "linear", fastShrinkOnLoad: false })
    .toColourspace("b-w")
    .raw()
    .toBuffer();
  return { width: to.width, height: to.height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** Scales so that every target pixel that touches a source pixel above 0 is 255, and every other 0. */
export function coverTouched(mask: Plane, to: Size): Plane {
  const { width, height } = to;
  const columns = touchedRanges(mask.width, width);
  const rows = touchedRanges(mask.height, height);
  const narrowed = new Uint8Array(width * mask.height);
  for (let y = 0; y < mask.height; y++) {
    for (let x = 0; x < width; x++) {
      const end = y * mask.width + (columns.end[x] ?? 0);
      for (let at = y * mask.width + (columns.start[x] ?? 0); at < end; at++) {
        if ((mask.data[at] ?? 0) > 0) {
          narrowed[y * width + x] = 255;
          break;
        }
      }
    }
  }
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let from = rows.start[y] ?? 0; from < (rows.end[y] ?? 0); from++) {
      for (let x = 0; x < width; x++)
        data[y * width + x] = (data[y * width + x] ?? 0) | (narrowed[from * width + x] ?? 0);
    }
  }
  return { width, height, data };
}

/** For each of `to` equal parts of `from` pixels: the first it touches, and the one after the last. Exact, in integers. */
function touchedRanges(from: number, to: number): { start: Uint32Array; end: Uint32Array } {
  const start = new Uint32Array(to);
  const end = new Uint32Array(to);
  for (let i = 0; i < to; i++) {
    start[i] = Math.floor((i * from) / to);
    end[i] = Math.ceil(((i + 1) * from) / to);
  }
  return { start, end };
}

function isHard({ data }: Plane): boolean {
  return data.every((value) => value === 0 || value === 255);
}
