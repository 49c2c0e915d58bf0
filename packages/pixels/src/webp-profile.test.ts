import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { noisy } from "./test-pictures.ts";
import { withProfile } from "./webp-profile.ts";

const SIZE = { width: 37, height: 23 };

const PICTURES = [
  ["lossless", { lossless: true, exact: true }, false],
  ["lossless with alpha", { lossless: true, exact: true }, true],
  ["lossy", { quality: 80 }, false],
  ["lossy with alpha", { quality: 80, exact: true }, true],
] as const;

describe.each(PICTURES)("a profile that is put into a WebP, %s", (_, options, alpha) => {
  const pixels = async () => {
    const picture = alpha ? noisy(SIZE).ensureAlpha(0.5) : noisy(SIZE).removeAlpha();
    return picture.raw().toBuffer({ resolveWithObject: true });
  };
  const encoded = async () => {
    const { data, info } = await pixels();
    return sharp(data, { raw: info }).webp(options).toBuffer();
  };
  const profileOf = async (name: string) =>
    (
      await sharp(await noisy(SIZE).png().toBuffer())
        .withIccProfile(name)
        .png()
        .toBuffer()
        .then((png) => sharp(png).metadata())
    ).icc as Buffer;

  test("is read by a decoder, and the pixels are what they were", async () => {
    const [bare, profile] = await Promise.all([encoded(), profileOf("p3")]);
    const file = withProfile(bare, profile, SIZE, alpha);
    const read = await sharp(file).metadata();
    expect(read).toMatchObject({ ...SIZE, format: "webp", hasAlpha: alpha });
    expect(read.icc).toEqual(profile);
    const own = (bytes: Uint8Array) => sharp(bytes).keepIccProfile().raw().toBuffer();
    expect(await own(file)).toEqual(await own(bare));
  });

  test("may have a length that is odd", async () => {
    const bare = await encoded();
    const file = withProfile(bare, Buffer.alloc(131, 7), SIZE, alpha);
    expect(file.length % 2).toBe(0);
    expect(file.readUInt32LE(4)).toBe(file.length - 8);
    expect((await sharp(file).metadata()).icc).toEqual(Buffer.alloc(131, 7));
  });
});
