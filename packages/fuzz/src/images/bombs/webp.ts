import { join, webpChunk } from "../container.ts";
import type { Bomb } from "./index.ts";
import { MIB, repeated, stoppedAt } from "./parts.ts";

const webp = (...chunks: Uint8Array[]): Uint8Array => join("webp", [Buffer.from("RIFF\0\0\0\0WEBP"), ...chunks]);
const u24 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255];

const ANIMATED = 0x02;
const ALPHA = 0x10;
const PROFILE = 0x20;
const canvas = (side: number, flags = 0): Uint8Array =>
  webpChunk("VP8X", Buffer.from([flags, 0, 0, 0, ...u24(side - 1), ...u24(side - 1)]));
/** One colour: no transform, no cache, five codes of one word each. */
const ONE_COLOUR = [0x88, 0x88, 0x08];
const lossless = (side: number): Uint8Array => {
  const bits = (side - 1) | ((side - 1) << 14);
  return webpChunk("VP8L", Buffer.from([0x2f, bits, bits >> 8, bits >> 16, bits >>> 24, ...ONE_COLOUR]));
};
const lossy = (side: number): Uint8Array =>
  webpChunk(
    "VP8 ",
    Buffer.concat([
      Buffer.from([0x10, 0, 0, 0x9d, 0x01, 0x2a, side, side >> 8, side, side >> 8]), // the start code, and the size
      Buffer.alloc(12),
    ]),
  );
const frame = (side: number): Uint8Array =>
  webpChunk(
    "ANMF",
    Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, ...u24(side - 1), ...u24(side - 1), 1, 0, 0, 0]), lossless(side)]),
  );
const animated = (frames: number, side: number) => () =>
  webp(canvas(side, ANIMATED), webpChunk("ANIM", Buffer.alloc(6)), repeated(frames, frame(side)));

export const webpBombs = (): Bomb[] => [
  ...stoppedAt("header", {
    "webp, lossless, 16,384 px square": () => webp(lossless(16_384)),
    "webp, lossy, 16,383 px square": () => webp(lossy(16_383)),
    "webp, a canvas of 16,777,216 px square": () => webp(canvas(0x1000000), lossless(1)),
    "webp, a canvas of 16,384 px square": () => webp(canvas(16_384), lossless(16_384)),
    "webp, a canvas of 16,383 px square with alpha": () => webp(canvas(16_383, ALPHA), lossy(16_383)),
    "webp, 3 frames of 4,000 px square": animated(3, 4000),
    "webp, 10,000 frames of 7,000 px square": animated(10_000, 7000),
    "webp, 500,000 frames of 16 px square": animated(500_000, 16),
    "webp, 1,000 frames of 16,384 px square": animated(1000, 16_384),
  }),
  ...stoppedAt("nowhere", {
    "webp, a frame of 3,000 px square": animated(1, 3000),
    "webp, 3,000 px square in 40 bytes": () => webp(lossless(3000)),
    "webp, 1,000,000 unknown chunks": () =>
      webp(canvas(16), repeated(1_000_000, webpChunk("abCd", new Uint8Array())), lossless(16)),
    "webp, a profile of 20 MiB": () =>
      webp(canvas(16, PROFILE), webpChunk("ICCP", Buffer.alloc(20 * MIB)), lossless(16)),
  }),
];
