import { deflateRawSync, constants as zlib } from "node:zlib";
import type { Bomb } from "./index.ts";

export const MIB = 1024 * 1024;

/** Named bombs that are stopped at the same place. */
export const stoppedAt = (stopped: Bomb["stopped"], makers: Record<string, () => Uint8Array>): Bomb[] =>
  Object.entries(makers).map(([name, make]) => ({ name, make, stopped }));

export const text = (value: string): Buffer => Buffer.from(value, "latin1");

/** So many of the same. */
export function repeated(count: number, part: Uint8Array): Uint8Array {
  return Buffer.alloc(count * part.length, part);
}

/** Big-endian. */
export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, i * 4);
  return bytes;
}

/** Zeros, deflated to their end, so that they can be repeated. */
const zeroBlock = (length: number) => deflateRawSync(Buffer.alloc(length), { finishFlush: zlib.Z_FULL_FLUSH });

/** So many zeros as a zlib stream (RFC 1950), a thousandth of their size. */
export function zlibOfZeros(length: number): Uint8Array {
  const adler = u32((length % 65_521) * 65_536 + 1);
  return Buffer.concat([
    Buffer.from([0x78, 0x9c]),
    repeated(Math.floor(length / MIB), zeroBlock(MIB)),
    zeroBlock(length % MIB),
    Buffer.from([0x03, 0x00]), // an empty last block
    adler,
  ]);
}

/** An EXIF block that says it has 65,535 entries, of which each points on. */
export const longExif = Buffer.concat([
  text("MM\0*"),
  u32(8),
  Buffer.from([0xff, 0xff]),
  repeated(600, u32(0x01120003, 1, 0x00060000)),
  u32(8),
]);
