import type { Fidelity } from "@infill/core";
import type { EditAlpha } from "./edit-alpha.ts";
import { colourChannels, hasAlpha, type Plane, type Raster } from "./raster.ts";

/** A provider's sample this near to what was sent is rounding, not drift. */
const DRIFT_TOLERANCE = 2;

/**
 * How a decoded result differs from the decoded original where the edit's alpha is 0. Samples are compared
 * as numbers, alpha too; an alpha channel that the result does not have counts as opaque, a 16-bit
 * original against an 8-bit result at 16 bits.
 */
export function compareOutside(
  original: Raster,
  result: Raster,
  edit: EditAlpha,
): Pick<Fidelity, "outsidePixels" | "changedOutside" | "maxDifferenceOutside"> {
  const { width, height } = original;
  const { area } = edit;
  const compared = comparer(original, result);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    if (y < area.y || y >= area.y + area.height) {
      compared.range(row, row + width);
      continue;
    }
    compared.range(row, row + area.x);
    const alphas = (y - area.y) * area.width;
    for (let x = 0; x < area.width; x++) {
      if (edit.data[alphas + x] === 0) compared.range(row + area.x + x, row + area.x + x + 1);
    }
    compared.range(row + area.x + area.width, row + width);
  }
  const { changed, largest } = compared.result();
  return { outsidePixels: width * height - edit.pixels, changedOutside: changed, maxDifferenceOutside: largest };
}

interface Found {
  changed: number;
  /** In the unit of the samples that were compared. */
  largest: number;
}

/** Compares ranges of pixels of two rasters and remembers what differs. */
function comparer(a: Raster, b: Raster) {
  const found: Found = { changed: 0, largest: 0 };
  const sameKind = a.channels === b.channels && a.data.BYTES_PER_ELEMENT === b.data.BYTES_PER_ELEMENT;
  const unit = sameKind && a.data instanceof Uint8Array ? 1 : 257;
  const bytesA = Buffer.from(a.data.buffer, a.data.byteOffset, a.data.byteLength);
  const bytesB = Buffer.from(b.data.buffer, b.data.byteOffset, b.data.byteLength);
  const stride = a.channels * a.data.BYTES_PER_ELEMENT;

  return {
    /** The pixels from `start` up to `end`. */
    range(start: number, end: number): void {
      if (start === end) return;
      if (!sameKind) compareAcross(a, b, start, end, found);
      else if (bytesA.compare(bytesB, start * stride, end * stride, start * stride, end * stride) !== 0) {
        compareAlike(a, b, start, end, found);
      }
    },
    /** The largest difference is 0–255. */
    result: (): Found => ({ changed: found.changed, largest: found.largest / unit }),
  };
}

/** Between rasters of one kind: sample by sample, in their own unit. */
function compareAlike(a: Raster, b: Raster, start: number, end: number, found: Found): void {
  const { channels } = a;
  const left = a.data;
  const right = b.data;
  let changed = 0;
  let largest = found.largest;
  for (let pixel = start; pixel < end; pixel++) {
    let most = 0;
    for (let at = pixel * channels, next = at + channels; at < next; at++) {
      const difference = Math.abs((left[at] ?? 0) - (right[at] ?? 0));
      if (difference > most) most = difference;
    }
    if (most > 0) changed++;
    if (most > largest) largest = most;
  }
  found.changed += changed;
  found.largest = largest;
}

/** Between rasters of different depth or channels: by colour, in 1/65535. */
function compareAcross(a: Raster, b: Raster, start: number, end: number, found: Found): void {
  const left = readerOf(a);
  const right = readerOf(b);
  for (let pixel = start; pixel < end; pixel++) {
    let most = 0;
    for (let c = 0; c < 4; c++) most = Math.max(most, Math.abs(left(pixel, c) - right(pixel, c)));
    if (most > 0) found.changed++;
    if (most > found.largest) found.largest = most;
  }
}

/** Reads red, green, blue or alpha (0–3) as 16 bits: grey is all three colours, a missing alpha opaque. */
function readerOf({ channels, data }: Raster): (pixel: number, component: number) => number {
  const unit = data instanceof Uint16Array ? 1 : 257;
  const alpha = hasAlpha(channels) ? channels - 1 : undefined;
  const places = colourChannels(channels) === 3 ? [0, 1, 2, alpha] : [0, 0, 0, alpha];
  return (pixel, component) => {
    const place = places[component];
    return place === undefined ? 0xffff : (data[pixel * channels + place] ?? 0) * unit;
  };
}

/**
 * What the provider did where it was told to keep its hands off, before anything is pasted back.
 *
 * @param sent what it was sent, 3 channels, 8 bits
 * @param answer what came back, the same size and channels
 * @param mask the same size; above 0 = edit
 */
export function measureDrift(sent: Raster, answer: Raster, mask: Plane): Fidelity["providerDrift"] {
  let outside = 0;
  let changed = 0;
  let sum = 0;
  for (let pixel = 0; pixel < mask.data.length; pixel++) {
    if ((mask.data[pixel] ?? 0) > 0) continue;
    outside++;
    let most = 0;
    for (let at = pixel * 3; at < pixel * 3 + 3; at++) {
      const difference = Math.abs((sent.data[at] ?? 0) - (answer.data[at] ?? 0));
      sum += difference;
      if (difference > most) most = difference;
    }
    if (most > DRIFT_TOLERANCE) changed++;
  }
  if (outside === 0) return { changedShare: 0, meanDifference: 0 };
  return { changedShare: changed / outside, meanDifference: sum / (outside * 3) };
}
