import { describe, expect, test } from "vitest";
import { InfillError } from "./errors.ts";
import { readImageHeader } from "./image-header.ts";

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...part].map((c) => c.charCodeAt(0)) : part)));
const u32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const u16 = (n: number) => [n >>> 8, n & 255];

const tiff = (orientation: number) =>
  bytes("MM", [0, 42], u32(8), u16(1), u16(0x0112), u16(3), u32(1), u16(orientation), [0, 0], u32(0));
const png = (width: number, height: number, orientation?: number) =>
  bytes(
    [0x89],
    "PNG\r\n\x1a\n",
    u32(13),
    "IHDR",
    u32(width),
    u32(height),
    [8, 2, 0, 0, 0],
    u32(0),
    orientation === undefined
      ? ""
      : [...u32(tiff(orientation).length), ...bytes("eXIf"), ...tiff(orientation), ...u32(0)],
    u32(0),
    "IDAT",
    u32(0),
  );
const segment = (marker: number, body: Uint8Array) => [0xff, marker, ...u16(body.length + 2), ...body];
const SCAN = segment(0xda, bytes([1, 1, 0, 0, 63, 0]));
const jpeg = (width: number, height: number, orientation?: number, padding = 0) =>
  bytes(
    [0xff, 0xd8],
    orientation === undefined ? "" : segment(0xe1, bytes("Exif\0\0", [...tiff(orientation)])),
    padding === 0 ? "" : segment(0xe2, new Uint8Array(padding)),
    segment(0xc0, bytes([8], u16(height), u16(width), [3])),
    SCAN,
  );

function refusal(picture: Uint8Array): InfillError {
  try {
    readImageHeader(picture, true, "/image");
  } catch (error) {
    if (error instanceof InfillError) return error;
  }
  throw new Error("it was not refused");
}

describe("a picture's header", () => {
  test("tells type and size", () => {
    expect(readImageHeader(png(600, 400), true)).toMatchObject({
      contentType: "image/png",
      upright: { width: 600, height: 400 },
    });
    expect(readImageHeader(jpeg(600, 400), true)).toMatchObject({
      contentType: "image/jpeg",
      upright: { width: 600, height: 400 },
    });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("orientation %i turns the size as a person sees it", (orientation) => {
    const upright = orientation >= 5 ? { width: 400, height: 600 } : { width: 600, height: 400 };
    for (const picture of [png(600, 400, orientation), jpeg(600, 400, orientation)])
      expect(readImageHeader(picture, true)).toMatchObject({
        orientation,
        upright,
        stored: { width: 600, height: 400 },
      });
  });

  test("of a WebP with EXIF leaves the orientation open: it stands at the file's end", () => {
    const webp = bytes("RIFF", u32(0), "WEBP", "VP8X", [10, 0, 0, 0], [0x08, 0, 0, 0], [87, 2, 0], [143, 1, 0]);
    expect(readImageHeader(webp, true)).toMatchObject({ orientation: undefined, stored: { width: 600, height: 400 } });
  });

  test("of a JPEG with EXIF behind its frame is turned, and stays open where the bytes end before the scan", () => {
    const frame = segment(0xc0, bytes([8], u16(400), u16(600), [3]));
    const exif = segment(0xe1, bytes("Exif\0\0", [...tiff(6)]));
    const [start, whole] = [bytes([0xff, 0xd8], frame), bytes([0xff, 0xd8], frame, exif, SCAN)];
    expect(readImageHeader(whole, true)).toMatchObject({ orientation: 6, upright: { width: 400, height: 600 } });
    expect(readImageHeader(start, false)).toMatchObject({
      orientation: undefined,
      stored: { width: 600, height: 400 },
    });
    expect(readImageHeader(bytes([0xff, 0xd8], frame, "garbage"), true)).toMatchObject({ orientation: undefined });
  });

  test("of a WebP that is one colour takes 25 bytes", () => {
    const size = 2999 | (1999 << 14);
    const webp = bytes("RIFF", u32(0), "WEBP", "VP8L", u32(0), [0x2f, size, size >> 8, size >> 16, size >>> 24]);
    expect(readImageHeader(webp, true)).toMatchObject({ orientation: 1, stored: { width: 3000, height: 2000 } });
    expect(readImageHeader(webp.subarray(0, 24), false)).toBe("more");
  });

  test("asks for more when the frame stands further on", () => {
    const long = jpeg(600, 400, 6, 60_000);
    expect(readImageHeader(long.subarray(0, 1000), false)).toBe("more");
    expect(readImageHeader(long, true)).toMatchObject({ upright: { width: 400, height: 600 } });
  });

  test.each([
    ["nothing", bytes(""), "not a picture"],
    ["text", bytes("hello, this is no picture at all"), "not a picture"],
    ["a GIF", bytes("GIF89a----------"), "gif"],
    ["an SVG", bytes("<svg xmlns='x'></svg>"), "svg"],
    ["a HEIC", bytes(u32(24), "ftypheic", u32(0)), "preferredAssetRepresentationMode"],
    ["a HEIC by its general brand", bytes(u32(24), "ftypmif1", u32(0)), "preferredAssetRepresentationMode"],
    ["an AVIF", bytes(u32(24), "ftypavif", u32(0)), "avif"],
    ["an MP4", bytes(u32(24), "ftypisom", u32(0)), "not a picture"],
    ["a MOV", bytes(u32(24), "ftypqt  ", u32(0)), "not a picture"],
    ["an M4A", bytes(u32(24), "ftypM4A ", u32(0)), "not a picture"],
    ["a CR3", bytes(u32(24), "ftypcrx ", u32(0)), "not a picture"],
    ["a PNG cut in its header", png(10, 10).subarray(0, 20), "no readable header"],
    ["a JPEG cut before its frame", jpeg(10, 10, 1).subarray(0, 12), "no readable header"],
    ["a picture without pixels", png(0, 10), "no pixels"],
    ["a bomb", png(16_000, 16_000), "16000x16000 px, 256 megapixels; at most 50"],
    ["a little too large a picture", png(8700, 5800), "8700x5800 px, 50.46 megapixels; at most 50"],
  ])("%s is refused precisely", (_, picture, words) => {
    const error = refusal(picture);
    expect(error).toMatchObject({ code: "asset_invalid", status: 422 });
    expect(error.message).toContain(words);
  });
});
