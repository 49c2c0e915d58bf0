import { crc32 } from "node:zlib";

export type Format = "png" | "jpeg" | "webp";

/** A file cut into what its format is made of: chunks or segments, each with its header. Joined they are the file. */
export function partsOf(format: Format, file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const next = {
    png: (at: number) => at + 12 + view.getUint32(at),
    jpeg: (at: number) => (view.getUint8(at + 1) === 0xda ? file.length : at + 2 + view.getUint16(at + 2)),
    webp: (at: number) => at + 8 + even(view.getUint32(at + 4, true)),
  }[format];
  const parts = [file.subarray(0, HEAD_BYTES[format])];
  for (let at = HEAD_BYTES[format]; at + 8 <= file.length; ) {
    const end = Math.min(file.length, next(at));
    parts.push(file.subarray(at, end));
    at = end;
  }
  return parts;
}

/** The signature, before the first part. */
const HEAD_BYTES: Record<Format, number> = { png: 8, jpeg: 2, webp: 12 };

/** Where in a part its length stands, and where its body. */
export const LENGTH_AT: Record<Format, number> = { png: 0, jpeg: 2, webp: 4 };
export const BODY_AT: Record<Format, number> = { png: 8, jpeg: 4, webp: 8 };

/** A PNG chunk with its checksum. */
export function pngChunk(type: string, body: Uint8Array): Uint8Array {
  const chunk = Buffer.alloc(12 + body.length);
  chunk.writeUInt32BE(body.length);
  chunk.write(type, 4, "latin1");
  chunk.set(body, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + body.length)), 8 + body.length);
  return chunk;
}

export function jpegSegment(marker: number, body: Uint8Array): Uint8Array {
  const segment = Buffer.alloc(4 + body.length);
  segment.writeUInt16BE(0xff00 | marker);
  segment.writeUInt16BE(2 + body.length, 2);
  segment.set(body, 4);
  return segment;
}

export function webpChunk(type: string, body: Uint8Array): Uint8Array {
  const chunk = Buffer.alloc(8 + even(body.length));
  chunk.write(type, "latin1");
  chunk.writeUInt32LE(body.length, 4);
  chunk.set(body, 8);
  return chunk;
}

export const join = (format: Format, parts: readonly Uint8Array[]): Uint8Array => {
  const file = Buffer.concat(parts);
  // a decoder stops at a total that is wrong, and would see nothing of what comes after
  if (format === "webp" && file.length >= 12) file.writeUInt32LE(file.length - 8, 4);
  return file;
};

/** The checksum of a chunk that was changed, so that a decoder goes on to what was changed. */
export function checked(chunk: Uint8Array): Uint8Array {
  if (chunk.length < 12) return chunk;
  const copy = Buffer.from(chunk);
  copy.writeUInt32BE(crc32(copy.subarray(4, -4)), copy.length - 4);
  return copy;
}

const even = (length: number): number => length + (length & 1);
