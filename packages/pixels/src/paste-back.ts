import type { EditAlpha } from "./edit-alpha.ts";
import { colourChannels, hasAlpha, type Raster } from "./raster.ts";

/**
 * Blends the answer into the photo, in place, by the edit's alpha. Where that is 0 nothing is written.
 * The photo's own alpha channel is written only to close holes: by as much as is edited.
 *
 * @param photo any channels and depth
 * @param answer the edit's area, 8 bits, as many channels as the photo has colours
 */
export function pasteBack(
  photo: Raster,
  answer: Raster,
  { area, data: alphas }: EditAlpha,
  closesHoles: boolean,
): void {
  const { channels, data } = photo;
  const colours = colourChannels(channels);
  const widen = data instanceof Uint16Array ? 257 : 1;
  const own = closesHoles && hasAlpha(channels) ? channels - 1 : undefined;
  for (let y = 0; y < area.height; y++) {
    let to = ((area.y + y) * photo.width + area.x) * channels;
    const end = (y + 1) * area.width;
    for (let i = y * area.width; i < end; i++, to += channels) {
      const alpha = alphas[i] ?? 0;
      if (alpha === 0) continue;
      for (let c = 0; c < colours; c++) {
        const mixed = (data[to + c] ?? 0) * (255 - alpha) + (answer.data[i * colours + c] ?? 0) * widen * alpha;
        data[to + c] = (mixed + 127) / 255;
      }
      if (own !== undefined) data[to + own] = Math.min(255 * widen, (data[to + own] ?? 0) + alpha * widen);
    }
  }
}
