import { sniff } from "./image-header.ts";

/**
 * Whether a picture says it has an alpha channel, without decoding it; false for what is no png or webp.
 * PNG: colour types 4 and 6, or a `tRNS` chunk (https://www.w3.org/TR/png-3/#11IHDR). WebP: its flags
 * (https://developers.google.com/speed/webp/docs/riff_container).
 */
export function hasAlphaChannel(bytes: Uint8Array): boolean {
  switch (sniff(bytes)) {
    case "image/png":
      return ((bytes[25] ?? 0) & 4) !== 0 || hasTransparencyChunk(bytes);
    case "image/webp":
      return webpHasAlpha(bytes);
    default:
      return false;
  }
}

const tag = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));

// as numbers: a file may have a million chunks
const [TRNS, IDAT, IEND] = [0x74524e53, 0x49444154, 0x49454e44];

function hasTransparencyChunk(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = view.getUint32(at + 4);
    if (type === TRNS) return true;
    if (type === IDAT || type === IEND) return false;
  }
  return false;
}

function webpHasAlpha(bytes: Uint8Array): boolean {
  switch (tag(bytes, 12)) {
    case "VP8X":
      return ((bytes[20] ?? 0) & 0x10) !== 0;
    case "VP8L": // 14 bits of width, 14 of height, then `alpha_is_used`
      return ((bytes[24] ?? 0) & 0x10) !== 0;
    default:
      return false;
  }
}
