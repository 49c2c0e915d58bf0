import type { Size } from "@infill/core";

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Of the chunk `VP8X`: flags, three reserved bytes, both sides less one in three bytes each. */
const EXTENDED_BYTES = 10;
const HAS_PROFILE = 0x20;
const HAS_ALPHA = 0x10;

/**
 * A still WebP with a colour profile put in, which is what an encoder would write; but one that is given the profile
 * holds the picture once more.
 *
 * @param webp as an encoder writes it without metadata: simple, or extended for the sake of its alpha
 * @see https://developers.google.com/speed/webp/docs/riff_container – Extended File Format
 */
export function withProfile(webp: Uint8Array, profile: Uint8Array, size: Size, alpha: boolean): Buffer {
  const extended = tagAt(webp, RIFF_HEADER_BYTES) === "VP8X";
  const rest = webp.subarray(RIFF_HEADER_BYTES + (extended ? CHUNK_HEADER_BYTES + EXTENDED_BYTES : 0));
  const head = Buffer.alloc(RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES + EXTENDED_BYTES + CHUNK_HEADER_BYTES);
  const padding = profile.length % 2;
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(head.length - CHUNK_HEADER_BYTES + profile.length + padding + rest.length, 4);
  head.write("WEBPVP8X", 8, "latin1");
  head.writeUInt32LE(EXTENDED_BYTES, 16);
  head.writeUInt8(HAS_PROFILE | (alpha ? HAS_ALPHA : 0), 20);
  head.writeUIntLE(size.width - 1, 24, 3);
  head.writeUIntLE(size.height - 1, 27, 3);
  head.write("ICCP", 30, "latin1");
  head.writeUInt32LE(profile.length, 34);
  return Buffer.concat([head, profile, Buffer.alloc(padding), rest]);
}

const tagAt = (bytes: Uint8Array, at: number): string => Buffer.from(bytes.subarray(at, at + 4)).toString("latin1");
