import { expect, test } from "vitest";
import { hasAlphaChannel } from "./image-alpha.ts";

const chunk = (type: string, data: number[] = []): number[] => [
  ...[0, 0, 0, data.length],
  ...Buffer.from(type),
  ...data,
  ...[0, 0, 0, 0],
];
const png = (colourType: number, ...chunks: number[][]) =>
  Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, colourType, 0, 0, 0]),
    ...chunks.flat(),
  ]);
const webp = (type: string, ...rest: number[]) =>
  Uint8Array.from([...Buffer.from("RIFF"), 0, 0, 0, 0, ...Buffer.from("WEBP"), ...Buffer.from(type), ...rest]);

test.each([
  ["a png of grey", png(0, chunk("IDAT")), false],
  ["a png of colours", png(2, chunk("IDAT")), false],
  ["a png with a palette", png(3, chunk("PLTE", [0, 0, 0]), chunk("IDAT")), false],
  ["a png of grey and alpha", png(4, chunk("IDAT")), true],
  ["a png of colours and alpha", png(6, chunk("IDAT")), true],
  ["a png with a palette of which some is transparent", png(3, chunk("PLTE", [0, 0, 0]), chunk("tRNS", [0])), true],
  ["a png that ends before it says", png(3).subarray(0, 36), false],
  ["a webp with flags that say so", webp("VP8X", 10, 0, 0, 0, 0x10), true],
  ["a webp with flags that say no", webp("VP8X", 10, 0, 0, 0, 0x08), false],
  ["a lossless webp with alpha", webp("VP8L", 0, 0, 0, 0, 0x2f, 0, 0, 0, 0x10), true],
  ["a lossless webp without", webp("VP8L", 0, 0, 0, 0, 0x2f, 0xff, 0xff, 0xff, 0x0f), false],
  ["a lossy webp", webp("VP8 ", 0, 0, 0, 0), false],
  ["a jpeg", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), false],
  ["nothing", new Uint8Array(), false],
])("%s", (_, bytes, expected) => {
  expect(hasAlphaChannel(bytes)).toBe(expected);
});
