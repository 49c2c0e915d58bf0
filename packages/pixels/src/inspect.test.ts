import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decode } from "./decode.ts";
import { inspect, MASK, PHOTO } from "./inspect.ts";
import { noisy, pngOf, refusalOf, withProfile } from "./test-pictures.ts";

const SIZE = { width: 60, height: 40 };

describe("a picture's header", () => {
  test.each(["png", "jpeg", "webp"] as const)(
    "of a %s with an EXIF orientation gives the upright size",
    async (format) => {
      const bytes = await noisy(SIZE).withMetadata({ orientation: 6 }).toFormat(format).toBuffer();
      expect(await inspect(bytes, PHOTO)).toMatchObject({
        format,
        size: { width: 40, height: 60 },
        grey: false,
        bits: 8,
      });
    },
  );

  test("tells grey, alpha and 16 bits", async () => {
    const wide = await noisy(SIZE, 4).toColourspace("rgb16").png().toBuffer();
    expect(await inspect(wide, PHOTO)).toMatchObject({ grey: false, alpha: true, bits: 16 });
    expect(await inspect(await pngOf(SIZE, 2), PHOTO)).toMatchObject({ grey: true, alpha: true, bits: 8 });
  });

  test("keeps the profile of its own kind only", async () => {
    const p3 = await noisy(SIZE).withIccProfile("p3").jpeg().toBuffer();
    const { profile } = await inspect(p3, PHOTO);
    expect(profile).toEqual((await sharp(p3).metadata()).icc);

    const grey = withProfile(await noisy(SIZE, 1).jpeg().toBuffer(), profile ?? Buffer.alloc(0));
    expect(await sharp(grey).metadata()).toMatchObject({ channels: 1, icc: profile });
    expect((await inspect(grey, PHOTO)).profile).toBeUndefined();
  });
});

describe("refused from the header", () => {
  test("a bomb, in milliseconds", async () => {
    const bomb = blackPng(16_000, 16_000);
    expect(bomb.byteLength).toBeLessThan(40_000);
    await inspect(await pngOf(SIZE), PHOTO); // sharp is loaded
    const start = performance.now();
    const error = await refusalOf(inspect(bomb, PHOTO));
    expect(performance.now() - start).toBeLessThan(500); // 0.6 ms alone; the machine may be busy
    expect(error.code).toBe("asset_invalid");
    expect(error.message).toContain("16000×16000 = 256000000");
    expect(error.options).toMatchObject({ pointer: "/image", details: { width: 16_000, maxPixels: 50_000_000 } });
  });

  test("an animated WebP", async () => {
    const frames = await Promise.all([1, 2, 3].map((seed) => pngOf(SIZE, 3, seed)));
    const animated = await sharp(frames, { join: { animated: true } })
      .webp()
      .toBuffer();
    expect((await refusalOf(inspect(animated, PHOTO))).message).toContain("3 frames");
  });

  test("an animated PNG", async () => {
    const png = await pngOf(SIZE);
    const animated = Buffer.concat([png.subarray(0, 33), chunk("acTL", Buffer.alloc(8, 1)), png.subarray(33)]);
    expect((await refusalOf(inspect(animated, PHOTO))).message).toContain("animated PNG");
  });

  test("a CMYK JPEG", async () => {
    const cmyk = await noisy(SIZE).toColourspace("cmyk").jpeg().toBuffer();
    expect((await refusalOf(inspect(cmyk, PHOTO))).message).toContain("CMYK");
  });

  test.each([
    ["GIF", () => noisy(SIZE).gif().toBuffer()],
    ["TIFF", () => noisy(SIZE).tiff().toBuffer()],
    ["AVIF", () => noisy(SIZE).avif({ effort: 0 }).toBuffer()],
    ["HEIC", async () => Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1")],
    ["SVG", async () => Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')],
  ])("%s, by name", async (name, make) => {
    const error = await refusalOf(inspect(await make(), MASK));
    expect(error.message).toBe(`The mask is ${name}; allowed are PNG, JPEG and WebP.`);
    expect(error.options.pointer).toBe("/mask");
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("hello, this is not a picture")],
    ["a film", Buffer.from("\0\0\0\x18ftypisom\0\0\0\0isommp41", "latin1")],
  ])("%s", async (_, bytes) => {
    expect((await refusalOf(inspect(bytes, PHOTO))).message).toContain(`${bytes.byteLength} bytes`);
  });

  test("a header that is cut off", async () => {
    const error = await refusalOf(inspect((await pngOf(SIZE)).subarray(0, 20), PHOTO));
    expect(error.message).toContain("header cannot be read");
  });
});

describe("decoding refuses", () => {
  test.each([
    ["png", 0.5],
    ["png", 0.9],
    ["jpeg", 0.5],
    ["jpeg", 0.9],
    ["webp", 0.5],
    ["webp", 0.9],
  ] as const)("a %s of which only %d is there", async (format, share) => {
    const whole = await noisy({ width: 200, height: 150 }).toFormat(format).toBuffer();
    const picture = await inspect(whole.subarray(0, Math.floor(whole.byteLength * share)), PHOTO).catch(
      (e: unknown) => e,
    );
    const error =
      picture instanceof Error ? await refusalOf(Promise.reject(picture)) : await refusalOf(decode(picture as never));
    expect(error.code).toBe("asset_invalid");
    expect(error.message).toMatch(/cut off or damaged|cannot be read/);
    expect(error.options.pointer).toBe("/image");
  });
});

function chunk(type: string, data: Buffer): Buffer {
  const out = Buffer.alloc(data.byteLength + 12);
  out.writeUInt32BE(data.byteLength);
  out.write(type, 4, "latin1");
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.byteLength)), 8 + data.byteLength);
  return out;
}

/** All black, 1 bit a pixel: as little as a PNG of that size can be. */
function blackPng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc(height * (1 + Math.ceil(width / 8))), { level: 9 });
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))]);
}
