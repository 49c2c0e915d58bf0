import sharp from "sharp";
import { isNear } from "./compare.ts";
import { word } from "./letters.ts";
import type { Raster } from "./raster.ts";

const OUTLINE_RGB = [255, 60, 60] as const;
const PAPER = "#f6f5f2";
const INK = "#333";

/**
 * The photo with the mask's outline and the result, side by side, captioned, as PNG.
 * @param photo RGB; @param result RGB of the same size; @param mask grey of the same size, above 0 = edit
 */
export async function beforeAfter(photo: Raster, result: Raster, mask: Raster): Promise<Uint8Array> {
  const { width, height } = photo;
  const margin = Math.max(8, Math.round(width / 50));
  const dot = Math.max(1, Math.round(width / 220));
  const top = margin * 2 + dot * 7;
  const right = margin * 2 + width;
  const canvas = { width: right + width + margin, height: top + height + margin };
  const captions = `<svg xmlns="http://www.w3.org/2000/svg" width="${canvas.width}" height="${canvas.height}" fill="${INK}" shape-rendering="crispEdges">${word("BEFORE", margin, margin, dot)}${word("AFTER", right, margin, dot)}</svg>`;
  const raw = ({ data }: Raster) => ({ input: Buffer.from(data.buffer), raw: { width, height, channels: 3 as const } });
  return sharp({ create: { ...canvas, channels: 3, background: PAPER } })
    .composite([
      { input: Buffer.from(captions), left: 0, top: 0 },
      { ...raw(outlined(photo, mask)), left: margin, top },
      { ...raw(result), left: right, top },
    ])
    .png()
    .toBuffer();
}

/** The photo with a line drawn around the mask, outside it. */
function outlined(photo: Raster, mask: Raster): Raster {
  const { width, height } = photo;
  const thickness = Math.max(1, Math.round(width / 300));
  const data = Uint8Array.from(photo.data);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if ((mask.data[y * width + x] ?? 0) === 0 && isNear(mask, x, y, thickness))
        data.set(OUTLINE_RGB, (y * width + x) * 3);
  return { data, width, height };
}
