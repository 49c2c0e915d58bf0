import type { EditSettings, Rect } from "@infill/core";
import { squaredDistances } from "./distance.ts";
import { cutPlane, type Plane } from "./raster.ts";

/**
 * How much of each pixel is replaced: 0 = the original survives exactly, 255 = all of it. Kept for the
 * part of the photo where it can be above 0.
 */
export interface EditAlpha {
  /** Inside the photo, px. */
  area: Rect;
  /** One sample a pixel of the area. */
  data: Uint8Array;
  /** Pixels above 0. */
  pixels: number;
}

/**
 * Grows the mask by `grow` px in every direction and lets it fall off over `feather` px outside of
 * that; inside it stays as it is. What spreads are the mask's strongest pixels (255, in a mask that has any):
 * a soft mask brings a ramp of its own, which stays wherever it is the stronger one.
 *
 * @param mask canonical, of the photo's size, with at least one pixel above 0
 */
export function editAlpha(mask: Plane, { grow, feather }: Pick<EditSettings, "grow" | "feather">): EditAlpha {
  const reach = grow + feather;
  const peak = strongest(mask.data);
  const spread = expanded(boxOf(mask, peak), Math.floor(reach), mask);
  const area = union(boxOf(mask, 1), spread);

  const data = cutPlane(mask, area);
  if (reach >= 1) {
    const ramp = rampBySquare(grow, feather, peak);
    let at = 0;
    for (const squares of squaredDistances({ ...area, data }, peak, reach)) {
      for (let x = 0; x < area.width; x++, at++) {
        const spreading = ramp[squares[x] ?? 0] ?? 0;
        if (spreading > (data[at] ?? 0)) data[at] = spreading;
      }
    }
  }
  let pixels = 0;
  for (let i = 0; i < data.length; i++) if ((data[i] ?? 0) > 0) pixels++;
  return { area, data, pixels };
}

/** Alpha by squared distance; beyond the table it is 0. The ramp never starts full nor ends at 0 within `feather`. */
function rampBySquare(grow: number, feather: number, peak: number): Uint8Array {
  const reach = Math.floor((grow + feather) ** 2);
  const ramp = new Uint8Array(reach + 1);
  for (let square = 0; square <= reach; square++) {
    const beyond = Math.max(0, Math.sqrt(square) - grow);
    ramp[square] = Math.max(1, Math.round(peak * (1 - beyond / (feather + 1))));
  }
  return ramp;
}

function strongest(data: Uint8Array): number {
  if (data.includes(255)) return 255;
  let most = 0;
  for (let i = 0; i < data.length; i++) most = Math.max(most, data[i] ?? 0);
  return most;
}

/** The smallest rectangle around every value of at least `least`; there is one. */
function boxOf({ width, height, data }: Plane, least: number): Rect {
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  // most rows of most masks are empty, and comparing bytes is ten times as fast as looking at each
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const empty = Buffer.alloc(width);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    if (bytes.compare(empty, 0, width, row, row + width) === 0) continue;
    let first = 0;
    while (first < width && (data[row + first] ?? 0) < least) first++;
    if (first === width) continue;
    let last = width - 1;
    while ((data[row + last] ?? 0) < least) last--;
    if (top === height) top = y;
    bottom = y;
    if (first < left) left = first;
    if (last > right) right = last;
  }
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

function expanded({ x, y, width, height }: Rect, by: number, within: Plane): Rect {
  const left = Math.max(0, x - by);
  const top = Math.max(0, y - by);
  return {
    x: left,
    y: top,
    width: Math.min(within.width, x + width + by) - left,
    height: Math.min(within.height, y + height + by) - top,
  };
}

function union(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}
