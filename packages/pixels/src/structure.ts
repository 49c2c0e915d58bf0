/**
 * What a file is made of, read without a decoder: what a decoder would do too much about is told, or taken
 * away, before it sees the file.
 */

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A type of four letters, as the number that stands in the file. */
const tag = (name: string): number => viewOf(Buffer.from(name, "latin1")).getUint32(0);

const PNG_SIGNATURE_BYTES = 8;
const ACTL = tag("acTL");
const IDAT = tag("IDAT");
const TEXTS: readonly number[] = [tag("tEXt"), tag("zTXt"), tag("iTXt")];

/**
 * Whether a PNG is animated: an `acTL` chunk stands before the first `IDAT` (APNG specification).
 * libpng does not know the chunk and would silently give the first frame.
 */
export function isAnimatedPng(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  for (let at = PNG_SIGNATURE_BYTES; at + 8 <= bytes.length; at += view.getUint32(at) + 12) {
    const type = view.getUint32(at + 4);
    if (type === ACTL) return true;
    if (type === IDAT) return false;
  }
  return false;
}

/**
 * A PNG without its texts, which nothing here reads: libpng unpacks up to a thousand of 8 MB each, so that
 * a file of 1 MB would fill the memory before its pixels are looked at.
 */
export function withoutTexts(png: Uint8Array): Uint8Array {
  const view = viewOf(png);
  let kept: Uint8Array | undefined; // made when there is something to leave out
  let length = PNG_SIGNATURE_BYTES;
  let at = PNG_SIGNATURE_BYTES;
  while (at + 8 <= png.length) {
    const end = Math.min(png.length, at + view.getUint32(at) + 12);
    if (TEXTS.includes(view.getUint32(at + 4))) kept ??= Uint8Array.from(png);
    else {
      kept?.copyWithin(length, at, end);
      length += end - at;
    }
    at = end;
  }
  if (kept === undefined) return png;
  kept.copyWithin(length, at);
  return kept.subarray(0, length + png.length - at);
}

const RIFF_HEADER_BYTES = 12;
const ANMF = tag("ANMF");

/**
 * How many frames an animated WebP has; 0 for a still one. libwebp looks for each frame from the first
 * one on: 100,000 of them, in 4 MB, take it a minute.
 */
export function framesOfWebp(bytes: Uint8Array): number {
  if (bytes.length < RIFF_HEADER_BYTES) return 0;
  const view = viewOf(bytes);
  const end = Math.min(bytes.length, view.getUint32(4, true) + 8);
  let frames = 0;
  for (let at = RIFF_HEADER_BYTES; at + 8 <= end; ) {
    if (view.getUint32(at) === ANMF) frames++;
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2);
  }
  return frames;
}

const SOS = 0xda;
const EOI = 0xd9;
/** Markers that nothing follows: `TEM`, `RST0`–`RST7`, `SOI`. */
const isAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/**
 * How many scans a JPEG has. Each of a progressive one is a pass over every pixel, and can be a few bytes.
 */
export function scansOfJpeg(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  let scans = 0;
  for (let at = bytes.indexOf(0xff, 2); at >= 0 && at + 4 <= bytes.length; at = bytes.indexOf(0xff, at)) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === EOI) break;
    if (marker === 0xff) at += 1;
    else if (marker === 0 || isAlone(marker)) at += 2;
    else {
      if (marker === SOS) scans++;
      at += 2 + view.getUint16(at + 2);
    }
  }
  return scans;
}
