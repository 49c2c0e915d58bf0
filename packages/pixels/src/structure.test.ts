import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decode } from "./decode.ts";
import { inspect, PHOTO } from "./inspect.ts";
import { framesOfWebp, scansOfJpeg, withoutTexts } from "./structure.ts";
import { noisy, numbers, pngOf, refusalOf } from "./test-pictures.ts";

const SIZE = { width: 60, height: 40 };
const IHDR_END = 33;

describe("a PNG with texts", () => {
  const packed = (bytes: number) => deflateSync(Buffer.alloc(bytes, "a"), { level: 9 });

  test("never has them unpacked, and is decoded as without them", async () => {
    const png = await pngOf(SIZE, 4);
    const texts = [
      pngChunk("tEXt", Buffer.from("prompt\0a prompt")),
      pngChunk("zTXt", Buffer.concat([Buffer.from("workflow\0\0"), packed(7_900_000)])),
      pngChunk("iTXt", Buffer.concat([Buffer.from("XML:com\0\x01\0\0\0"), packed(7_900_000)])),
    ];
    const file = Buffer.concat([png.subarray(0, IHDR_END), ...texts, png.subarray(IHDR_END, -12)]);
    const whole = Buffer.concat([file, ...texts, png.subarray(-12)]);
    expect((await sharp(whole).metadata()).comments?.length).toBeGreaterThan(0);

    const picture = await inspect(whole, PHOTO);
    expect(Buffer.compare(picture.bytes, png)).toBe(0);
    expect((await decode(picture)).data).toEqual((await numbers(png)).data);
  });

  test("keeps everything else, in its order, however it ends", async () => {
    const png = await pngOf(SIZE);
    expect(withoutTexts(png)).toBe(png);
    const text = pngChunk("tEXt", Buffer.from("a\0b"));
    const other = pngChunk("abCd", Buffer.from("kept"));
    const file = Buffer.concat([png.subarray(0, IHDR_END), text, other, text, png.subarray(IHDR_END), other, text]);
    const left = Buffer.concat([png.subarray(0, IHDR_END), other, png.subarray(IHDR_END), other]);
    expect(Buffer.compare(withoutTexts(file), left)).toBe(0);
    expect(Buffer.compare(withoutTexts(file.subarray(0, -5)), left)).toBe(0);
    expect(Buffer.compare(withoutTexts(Buffer.concat([file, Buffer.from("\0\0\0")])).subarray(0, -3), left)).toBe(0);
  });
});

describe("a JPEG's scans are counted", () => {
  test.each([
    ["baseline", false, 1],
    ["progressive", true, 10],
  ] as const)("%s", async (_, progressive, scans) => {
    expect(scansOfJpeg(await noisy(SIZE).jpeg({ progressive, mozjpeg: false }).toBuffer())).toBe(scans);
  });

  test("but not those of the small picture inside its EXIF block", async () => {
    const jpeg = await noisy(SIZE).jpeg().toBuffer();
    const thumbnail = jpegSegment(0xe1, Buffer.concat([Buffer.from("Exif\0\0"), jpeg.subarray(0, 5000)]));
    expect(scansOfJpeg(Buffer.concat([jpeg.subarray(0, 2), thumbnail, jpeg.subarray(2)]))).toBe(1);
  });

  test("and more than a hundred are refused before any is decoded", async () => {
    const jpeg = await noisy(SIZE, 1).jpeg().toBuffer();
    const start = jpeg.indexOf(Buffer.from([0xff, 0xda]));
    const scan = jpeg.subarray(start, -2);
    const file = (scans: number) =>
      Buffer.concat([jpeg.subarray(0, start), ...Array(scans).fill(scan), jpeg.subarray(-2)]);
    await expect(inspect(file(100), PHOTO)).resolves.toMatchObject({ format: "jpeg" });
    const { code, message, options } = await refusalOf(inspect(file(101), PHOTO));
    expect(code).toBe("asset_invalid");
    expect(message).toContain("101 scans; at most 100");
    expect(options.details).toEqual({ scans: 101, maxScans: 100 });
  });
});

describe("a WebP's frames are counted", () => {
  const frame = Buffer.concat([Buffer.from("ANMF\x11\0\0\0", "latin1"), Buffer.alloc(18)]); // odd, padded
  const webp = (...chunks: Buffer[]) => {
    const file = Buffer.concat([Buffer.from("RIFF\0\0\0\0WEBP"), ...chunks]);
    file.writeUInt32LE(file.length - 8, 4);
    return file;
  };

  test("so many that a decoder would take an hour are refused at once", async () => {
    const file = webp(
      Buffer.from("VP8X\x0a\0\0\0\x02\0\0\0\x0f\0\0\x0f\0\0", "latin1"),
      Buffer.alloc(frame.length * 1_000_000, frame),
    );
    expect(framesOfWebp(file)).toBe(1_000_000);
    expect((await refusalOf(inspect(file, PHOTO))).message).toContain("1000000 frames");
  });

  test("none of a still one, and none behind its end", async () => {
    const still = await noisy(SIZE).webp().toBuffer();
    expect(framesOfWebp(still)).toBe(0);
    expect(framesOfWebp(Buffer.concat([still, frame, frame]))).toBe(0);
    expect(framesOfWebp(still.subarray(0, 9))).toBe(0);
  });
});

function pngChunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type), data]);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(data.length);
  numbers.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([numbers.subarray(0, 4), typed, numbers.subarray(4)]);
}

function jpegSegment(marker: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255]), data]);
}
