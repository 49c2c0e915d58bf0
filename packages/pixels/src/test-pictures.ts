/** Real encoded pictures for the tests, made as callers make them. */
import type { EditSettings, MaskConvention, Rect, Size, SizeRule } from "@infill/core";
import sharp from "sharp";

export const RANGE: SizeRule = { kind: "range", min: 256, max: 1024, multipleOf: 8, preferred: 1024 };
export const WHITE_SOFT = { convention: "white", soft: true } as const;
export const WHITE_HARD = { convention: "white", soft: false } as const;

export const settingsFor = (over: Partial<EditSettings> = {}): EditSettings => ({
  crop: "auto",
  feather: 0,
  grow: 0,
  maskConvention: "white",
  ...over,
});

/** Samples that differ from pixel to pixel and repeat for the same seed. */
export function noise(length: number, seed = 1): Uint8Array {
  const out = new Uint8Array(length);
  let state = seed * 2 + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    out[i] = state >>> 24;
  }
  return out;
}

/** A noisy picture, to encode as the test likes. */
export function noisy({ width, height }: Size, channels: 1 | 2 | 3 | 4 = 3, seed = 1) {
  const picture = sharp(noise(width * height * channels, seed), { raw: { width, height, channels } });
  return channels <= 2 ? picture.toColourspace("b-w") : picture;
}

export const pngOf = (size: Size, channels: 1 | 2 | 3 | 4 = 3, seed = 1) =>
  noisy(size, channels, seed).png().toBuffer();

/** A plain picture of one colour, as a provider's answer. */
export const plain = ({ width, height }: Size, background = "#20c040") =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();

/** A mask with one rectangle to edit, by a convention. PNG. */
export function maskOf({ width, height }: Size, hole: Rect, convention: MaskConvention = "white"): Promise<Buffer> {
  const inside = (i: number) => {
    const x = i % width;
    const y = Math.floor(i / width);
    return x >= hole.x && x < hole.x + hole.width && y >= hole.y && y < hole.y + hole.height;
  };
  if (convention === "white" || convention === "black") {
    const edit = convention === "white" ? 255 : 0;
    const data = Uint8Array.from({ length: width * height }, (_, i) => (inside(i) ? edit : 255 - edit));
    return greyPng(data, { width, height });
  }
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    data.set([200, 30, 90, inside(i) === (convention === "painted") ? 255 : 0], i * 4);
  }
  return sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}

export const greyPng = (data: Uint8Array, { width, height }: Size) =>
  sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();

/** A JPEG with this profile in its first APP2 segment, whatever sharp thinks of it. */
export function withProfile(jpeg: Buffer, profile: Uint8Array): Buffer {
  const head = Buffer.from("\xff\xe2\0\0ICC_PROFILE\0\x01\x01", "latin1");
  head.writeUInt16BE(head.byteLength - 2 + profile.byteLength, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, profile, jpeg.subarray(2)]);
}

/** A greyscale ICC profile (version 2) of one gamma: the header, a white point and a curve. */
export function greyProfile(gamma: number): Buffer {
  const profile = Buffer.alloc(128 + 4 + 2 * 12 + 20 + 16);
  profile.writeUInt32BE(profile.byteLength, 0);
  profile.writeUInt32BE(0x02100000, 8);
  profile.write("mntrGRAYXYZ ", 12, "latin1");
  profile.write("acsp", 36, "latin1");
  const d50 = [0xf6d6, 0x10000, 0xd32d];
  for (const [i, value] of d50.entries()) profile.writeUInt32BE(value, 68 + i * 4);
  profile.writeUInt32BE(2, 128);
  profile.write("wtpt", 132, "latin1");
  profile.writeUInt32BE(156, 136);
  profile.writeUInt32BE(20, 140);
  profile.write("kTRC", 144, "latin1");
  profile.writeUInt32BE(176, 148);
  profile.writeUInt32BE(14, 152);
  profile.write("XYZ ", 156, "latin1");
  for (const [i, value] of d50.entries()) profile.writeUInt32BE(value, 164 + i * 4);
  profile.write("curv", 176, "latin1");
  profile.writeUInt32BE(1, 184);
  profile.writeUInt16BE(Math.round(gamma * 256), 188);
  return profile;
}

/** Decoded numbers, upright, no colour conversion: what "exact" is measured with. */
export async function numbers(bytes: Uint8Array) {
  const { depth, channels } = await sharp(bytes).metadata();
  const wide = depth === "ushort";
  const space = channels <= 2 ? (wide ? "grey16" : "b-w") : wide ? "rgb16" : "srgb";
  const { data, info } = await sharp(bytes, { ignoreIcc: true })
    .autoOrient()
    .toColourspace(space)
    .raw({ depth: wide ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  return {
    ...info,
    data: wide ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : new Uint8Array(data),
  };
}

/** What an awaited call was refused with. */
export async function refusalOf(call: Promise<unknown>): Promise<{
  code: string;
  message: string;
  options: { pointer?: string; details?: Record<string, unknown> };
}> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error && "code" in error && "options" in error) return error as never;
    throw error;
  }
  throw new Error("was not refused");
}
