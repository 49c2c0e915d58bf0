import { jpegSegment } from "../container.ts";
import type { Bomb } from "./index.ts";
import { longExif, repeated, stoppedAt, text } from "./parts.ts";

const BASELINE = 0xc0;
const PROGRESSIVE = 0xc2;
const ARITHMETIC = 0xc9;

const jpeg = (...segments: Uint8Array[]): Uint8Array =>
  Buffer.concat([Buffer.from([0xff, 0xd8]), QUANTISATION, ...segments, Buffer.from([0xff, 0xd9])]);
const QUANTISATION = jpegSegment(0xdb, Buffer.from([0, ...Array.from({ length: 64 }, () => 1)]));
const frame = (side: number, marker: number, components = 1): Uint8Array => {
  const tables = Array.from({ length: components }, (_, i) => [i + 1, 0x11, 0]).flat();
  return jpegSegment(marker, Buffer.from([8, side >> 8, side & 255, side >> 8, side & 255, components, ...tables]));
};

/** A code of one word, of one bit. */
const code = (kind: "dc" | "ac", word: number): Uint8Array =>
  jpegSegment(0xc4, Buffer.from([kind === "dc" ? 0 : 0x10, 1, ...Array.from({ length: 15 }, () => 0), word]));
/** A run of 16,384 to 32,767 blocks without anything in them: 14 bits more say how many. */
const LONG_RUN = 0xe0;
const scan = (from: number, to: number, data: Uint8Array): Uint8Array =>
  Buffer.concat([jpegSegment(0xda, Buffer.from([1, 1, 0, from, to, 0])), data]);
const blocksOf = (side: number): number => Math.ceil(side / 8) ** 2;

/** 4 blocks of grey. */
const small = (...segments: Uint8Array[]): Uint8Array =>
  jpeg(...segments, frame(16, BASELINE), code("dc", 0), code("ac", 0), scan(0, 63, Buffer.alloc(1)));
/** Every scan is a pass over all blocks, of a few bytes. */
const inScans = (side: number, scans: number): Uint8Array => {
  const runs = Math.ceil((Math.ceil(blocksOf(side) / 16_384) * 15) / 8);
  const first = scan(0, 0, Buffer.alloc(Math.ceil(blocksOf(side) / 8)));
  const others = repeated(scans - 1, scan(1, 63, Buffer.alloc(runs)));
  return jpeg(frame(side, PROGRESSIVE), code("dc", 0), code("ac", LONG_RUN), first, others);
};
const large =
  (side: number, marker: number, components = 3) =>
  () =>
    jpeg(frame(side, marker, components), code("dc", 0), code("ac", 0), scan(0, 63, Buffer.alloc(16)));

export const jpegBombs = (): Bomb[] => [
  ...stoppedAt("header", {
    "jpeg, baseline, 7,072 px square": large(7072, BASELINE),
    "jpeg, baseline, 16,000 px square": large(16_000, BASELINE),
    "jpeg, baseline, 65,500 px square": large(65_500, BASELINE),
    "jpeg, progressive, 7,072 px square": large(7072, PROGRESSIVE),
    "jpeg, progressive, 30,000 px square": large(30_000, PROGRESSIVE),
    "jpeg, progressive, 65,500 px square": large(65_500, PROGRESSIVE),
    "jpeg, grey, 65,535 px square": large(65_535, BASELINE, 1),
    "jpeg, four channels, 30,000 px square": large(30_000, BASELINE, 4),
    "jpeg, arithmetic, 30,000 px square": large(30_000, ARITHMETIC),
    "jpeg, 101 scans of 4,000 px square": () => inScans(4000, 101),
    "jpeg, 20,000 scans of 7,000 px square": () => inScans(7000, 20_000),
    "jpeg, 1,000,000 scans of 16 px square": () => inScans(16, 1_000_000),
  }),
  ...stoppedAt("nowhere", {
    "jpeg, 100 scans of 3,000 px square": () => inScans(3000, 100),
    "jpeg, 3,000 px square that end at once": large(3000, BASELINE),
    "jpeg, 500,000 comments": () => small(repeated(500_000, jpegSegment(0xfe, text("ab")))),
    "jpeg, 200 pieces of a profile": () =>
      small(repeated(200, jpegSegment(0xe2, Buffer.concat([text("ICC_PROFILE\0\x01\xff"), Buffer.alloc(60_000)])))),
    "jpeg, 10,000 fill bytes before each of 1,000 comments": () =>
      small(repeated(1000, Buffer.concat([Buffer.alloc(10_000, 0xff), jpegSegment(0xfe, text("ab"))]))),
    "jpeg, an EXIF directory without end": () => small(jpegSegment(0xe1, Buffer.concat([text("Exif\0\0"), longExif]))),
  }),
];
