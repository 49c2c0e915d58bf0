import type { Rect, Size } from "@infill/core";

/** Decoded pixels, row by row, samples interleaved: grey, grey+alpha, RGB or RGBA of 8 or 16 bits. */
export interface Raster extends Size {
  channels: number;
  data: Uint8Array | Uint16Array;
}

/** One 8-bit sample a pixel. */
export interface Plane extends Size {
  data: Uint8Array;
}

/** The first channels that are colour, 1 or 3. The last of an even number is alpha. */
export const colourChannels = (channels: number) => (channels > 2 ? 3 : 1);
export const hasAlpha = (channels: number) => channels % 2 === 0;

/**
 * Gives the samples' memory back now, and not when they are collected: a picture of 12 megapixels is 36 MB of it,
 * which a collector that counts its own heap is in no hurry for. They are gone then, and the array is empty.
 * A part of a larger buffer is left alone.
 */
export function release(...samples: Raster["data"][]): void {
  for (const { buffer, byteLength } of samples) {
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && !buffer.detached) buffer.transfer(0);
  }
}

/** A copy of the part of a raster that `rect` covers. */
export function cutOut(raster: Raster, rect: Rect): Raster {
  const { channels } = raster;
  const data = blank(raster, rect.width * rect.height * channels);
  for (let y = 0; y < rect.height; y++) {
    const from = ((rect.y + y) * raster.width + rect.x) * channels;
    data.set(raster.data.subarray(from, from + rect.width * channels), y * rect.width * channels);
  }
  return { width: rect.width, height: rect.height, channels, data };
}

/** The samples of the part of a plane that `rect` covers. */
export function cutPlane({ width, data }: Plane, rect: Rect): Uint8Array {
  const cut = new Uint8Array(rect.width * rect.height);
  for (let y = 0; y < rect.height; y++) {
    const from = (rect.y + y) * width + rect.x;
    cut.set(data.subarray(from, from + rect.width), y * rect.width);
  }
  return cut;
}

/** Writes `part` over the raster with its top left corner at `at`. Both have the same channels and depth. */
export function putIn(raster: Raster, part: Raster, at: { x: number; y: number }): void {
  const { channels } = raster;
  const row = part.width * channels;
  for (let y = 0; y < part.height; y++) {
    raster.data.set(part.data.subarray(y * row, (y + 1) * row), ((at.y + y) * raster.width + at.x) * channels);
  }
}

/** The raster in 8 bits; itself when it is that already. */
export function inEightBits(raster: Raster): Raster {
  const { data } = raster;
  if (data instanceof Uint8Array) return raster;
  const narrow = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) narrow[i] = ((data[i] ?? 0) + 128) / 257;
  return { ...raster, data: narrow };
}

function blank(like: Raster, length: number): Raster["data"] {
  return like.data instanceof Uint8Array ? new Uint8Array(length) : new Uint16Array(length);
}
