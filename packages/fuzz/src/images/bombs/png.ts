import { pngChunk } from "../container.ts";
import type { Bomb } from "./index.ts";
import { longExif, MIB, repeated, stoppedAt, text, u32, zlibOfZeros } from "./parts.ts";

const SIGNATURE = text("\x89PNG\r\n\x1a\n");
const GREY_1_BIT = [1, 0];
const RGB_8_BITS = [8, 2];
const RGBA_16_BITS = [16, 6];

const png = (...chunks: Uint8Array[]): Uint8Array =>
  Buffer.concat([SIGNATURE, ...chunks, pngChunk("IEND", new Uint8Array())]);
const header = (width: number, height: number, [bits = 8, colour = 2]: number[], interlaced = 0) =>
  pngChunk("IHDR", Buffer.concat([u32(width, height), Buffer.from([bits, colour, 0, 0, interlaced])]));
const pixels = (bytes: number) => pngChunk("IDAT", zlibOfZeros(bytes));
/** A sound picture of 16×16 px, of which other chunks stand in front. */
const small = (...chunks: Uint8Array[]): Uint8Array =>
  png(header(16, 16, RGB_8_BITS), ...chunks, pixels(16 * (1 + 16 * 3)));
const packed = (type: string, head: string, bytes: number) =>
  pngChunk(type, Buffer.concat([text(head), zlibOfZeros(bytes)]));

const oneBit = (side: number) => () =>
  png(header(side, side, GREY_1_BIT), pixels(Math.min(32 * MIB, Math.ceil(side / 8 + 1) * side)));
/** libpng unpacks a text up to 8,000,000 bytes. */
const LONGEST_TEXT = 7_900_000;

export const pngBombs = (): Bomb[] => [
  ...stoppedAt("header", {
    "png, 1 bit, 7,072 px square": oneBit(7072),
    "png, 1 bit, 16,000 px square": oneBit(16_000),
    "png, 1 bit, 30,000 px square": oneBit(30_000),
    "png, 1 bit, 65,535 px square": oneBit(65_535),
    "png, 1 bit, 1,000,000 px square": oneBit(1_000_000),
    "png, 1 bit, 2,147,483,647 px square": oneBit(0x7fffffff),
    "png, 16 bits and alpha, 20,000 px square": () => png(header(20_000, 20_000, RGBA_16_BITS), pixels(64 * MIB)),
    "png, interlaced, 20,000 px square": () => png(header(20_000, 20_000, RGB_8_BITS, 1), pixels(64 * MIB)),
    "png, 2,000,000,000 px wide and 1 high": () => png(header(2_000_000_000, 1, RGB_8_BITS), pixels(64 * MIB)),
    "png, 1 px wide and 2,000,000,000 high": () => png(header(1, 2_000_000_000, RGB_8_BITS), pixels(64 * MIB)),
    "png, in 20,000 pieces": () =>
      png(header(16_000, 16_000, GREY_1_BIT), repeated(20_000, pngChunk("IDAT", Buffer.alloc(1)))),
    "png, with a size behind the one that counts": () =>
      png(header(16_000, 16_000, RGB_8_BITS), header(16, 16, RGB_8_BITS), pixels(MIB)),
    "png, animated, 1,000,000,000 frames": () => small(pngChunk("acTL", u32(1_000_000_000, 0))),
    "png, animated, behind 100,000 texts": () =>
      small(repeated(100_000, pngChunk("tEXt", text("a\0b"))), pngChunk("acTL", u32(2, 0))),
  }),
  ...stoppedAt("nowhere", {
    "png, a profile of 1 GiB": () => small(packed("iCCP", "profile\0\0", 1024 * MIB)),
    "png, 1,000 profiles of 8 MB": () => small(repeated(1000, packed("iCCP", "profile\0\0", LONGEST_TEXT))),
    "png, a text of 1 GiB": () => small(packed("zTXt", "text\0\0", 1024 * MIB)),
    "png, an international text of 1 GiB": () => small(packed("iTXt", "text\0\x01\0\0\0", 1024 * MIB)),
    "png, 1,000 texts of 8 MB": () => small(repeated(1000, packed("zTXt", "text\0\0", LONGEST_TEXT))),
    "png, 1,000 international texts of 8 MB": () =>
      small(repeated(1000, packed("iTXt", "text\0\x01\0\0\0", LONGEST_TEXT))),
    "png, 1 GiB of pixels for 16 px square": () => png(header(16, 16, RGB_8_BITS), pixels(1024 * MIB)),
    "png, 1,000,000 texts": () => small(repeated(1_000_000, pngChunk("tEXt", text("a\0b")))),
    "png, 1,000,000 unknown chunks": () => small(repeated(1_000_000, pngChunk("abCd", new Uint8Array()))),
    "png, an EXIF directory without end": () => small(pngChunk("eXIf", longExif)),
  }),
];
