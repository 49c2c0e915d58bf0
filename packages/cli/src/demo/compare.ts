import type { Raster } from "./raster.ts";

/** How a result differs from the photo, counted by this program itself on the decoded pictures. */
export interface Comparison {
  /** Pixels that differ at all. */
  changed: number;
  /** Pixels that differ farther from the mask than the edit may reach. */
  changedOutside: number;
  /** Pixels of the photo. */
  pixels: number;
}

/**
 * Counts changed pixels, those beyond `reach` px of the mask apart. Deliberately the plain definition,
 * pixel by pixel, and none of the code that made the result.
 * @param photo RGB; @param result RGB of the same size
 * @param mask grey, above 0 = edit
 * @param reach px, Euclidean: the mask's growth and its soft edge
 */
export function compare(photo: Raster, result: Raster, mask: Raster, reach: number): Comparison {
  const { width, height } = photo;
  let changed = 0;
  let changedOutside = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      const same = [0, 1, 2].every((channel) => photo.data[at + channel] === result.data[at + channel]);
      if (same) continue;
      changed++;
      if (!isNear(mask, x, y, reach)) changedOutside++;
    }
  return { changed, changedOutside, pixels: width * height };
}

/** Whether any pixel of the mask lies within `reach` px. */
export function isNear({ data, width, height }: Raster, x: number, y: number, reach: number): boolean {
  if ((data[y * width + x] ?? 0) > 0) return true;
  for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++)
    for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++)
      if ((data[v * width + u] ?? 0) > 0 && (u - x) ** 2 + (v - y) ** 2 <= reach ** 2) return true;
  return false;
}
