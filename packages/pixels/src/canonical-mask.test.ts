import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { canonicalMask } from "./canonical-mask.ts";
import { decode } from "./decode.ts";
import { inspect, MASK } from "./inspect.ts";
import { greyPng, maskOf, refusalOf } from "./test-pictures.ts";

const SIZE = { width: 8, height: 4 };
const HOLE = { x: 2, y: 1, width: 3, height: 2 };
const expected = Uint8Array.from({ length: 32 }, (_, i) => {
  const x = i % 8;
  const y = Math.floor(i / 8);
  return x >= 2 && x < 5 && y >= 1 && y < 3 ? 255 : 0;
});

const read = async (bytes: Uint8Array) => decode(await inspect(bytes, MASK), 8);
const values = (...samples: number[]) => ({
  width: samples.length,
  height: 1,
  channels: 1,
  data: Uint8Array.from(samples),
});

describe("every convention gives the same canonical mask", () => {
  test.each(["white", "black", "alpha", "painted"] as const)("%s", async (convention) => {
    const mask = await maskOf(SIZE, HOLE, convention);
    expect(canonicalMask(await read(mask), convention).data).toEqual(expected);
  });

  test.each([
    ["1-bit", (mask: Sharp) => mask.png({ palette: true, colours: 2 })],
    ["palette", (mask: Sharp) => mask.png({ palette: true })],
    ["16-bit", (mask: Sharp) => mask.toColourspace("grey16").png()],
    ["RGB", (mask: Sharp) => mask.toColourspace("srgb").png()],
    ["lossless WebP", (mask: Sharp) => mask.webp({ lossless: true })],
  ])("white, as a %s picture", async (_, encode) => {
    const mask = await encode(sharp(await maskOf(SIZE, HOLE))).toBuffer();
    expect(canonicalMask(await read(mask), "white").data).toEqual(expected);
  });

  test("white, turned by EXIF orientation", async () => {
    const turned = await sharp(await maskOf(SIZE, HOLE))
      .rotate(90)
      .withMetadata({ orientation: 8 })
      .png()
      .toBuffer();
    expect(canonicalMask(await read(turned), "white").data).toEqual(expected);
  });

  test("white, with the shimmer of JPEG around black and white", async () => {
    const size = { width: 64, height: 64 };
    const mask = await maskOf(size, { x: 16, y: 16, width: 32, height: 32 });
    const jpeg = await sharp(mask).jpeg({ quality: 80 }).toBuffer();
    const clean = canonicalMask(await read(mask), "white").data;
    expect(canonicalMask(await read(jpeg), "white").data).toEqual(clean);
  });
});

describe("what a mask says by half", () => {
  test("grey stays grey, and its inverse under black", () => {
    expect([...canonicalMask(values(0, 100, 200, 255), "white").data]).toEqual([0, 100, 200, 255]);
    expect([...canonicalMask(values(0, 100, 200, 255), "black").data]).toEqual([255, 155, 55, 0]);
  });

  test("values within 8 of an end are that end", () => {
    expect([...canonicalMask(values(8, 9, 246, 247), "white").data]).toEqual([0, 9, 246, 255]);
  });

  test("a transparent pixel of a black mask means keep", () => {
    const data = Uint8Array.from([0, 255, 0, 0, 0, 128]);
    const mask = { width: 3, height: 1, channels: 2, data };
    expect([...canonicalMask(mask, "black").data]).toEqual([255, 0, 128]);
  });

  test("painted takes the faintest stroke as full", () => {
    const data = Uint8Array.from([0, 1, 0, 0, 0, 200]);
    expect([...canonicalMask({ width: 3, height: 1, channels: 2, data }, "painted").data]).toEqual([255, 0, 255]);
  });
});

describe("a mask is refused", () => {
  const refused = (mask: Parameters<typeof canonicalMask>[0], convention: Parameters<typeof canonicalMask>[1]) =>
    refusalOf(Promise.resolve().then(() => canonicalMask(mask, convention)));

  test.each(["alpha", "painted"] as const)(
    "without an alpha channel under %s, naming what may be meant",
    async (convention) => {
      const error = await refused(await read(await greyPng(expected, SIZE)), convention);
      expect(error.code).toBe("mask_mismatch");
      expect(error.message).toContain("no alpha channel");
      expect(error.message).toContain("as `white` 18.8 %");
      expect(error.message).toContain("as `black` 81.3 %");
      expect(error.options.details).toMatchObject({ wouldSelect: { white: 0.1875, black: 0.8125 } });
    },
  );

  test.each([
    ["white", [230, 30, 20]],
    ["black", [230, 30, 20]],
    ["white", [240, 220, 40]],
  ] as const)(
    "under %s that was painted in the colour %j, which says little in brightness",
    async (convention, colour) => {
      const coloured = {
        width: 3,
        height: 1,
        channels: 4,
        data: Uint8Array.from([...colour, 255, ...colour, 128, 0, 0, 0, 0]),
      };
      const error = await refused(coloured, convention);
      expect(error).toMatchObject({ code: "mask_mismatch", options: { pointer: "/mask" } });
      expect(error.message).toContain("say `painted`");
      expect(error.message).toContain("as `painted` 66.7 %");
    },
  );

  test.each([
    ["in colour", 200],
    ["too faint", 40],
  ])("under white that is a picture with a hole, %s: its hole is what to edit", async (problem, red) => {
    const data = Uint8Array.from([red, 30, 20, 255, red, 30, 20, 255, 0, 0, 0, 0]);
    const { message } = await refused({ width: 3, height: 1, channels: 4, data }, "white");
    expect(message).toContain(problem);
    expect(message).toContain("say `alpha` if its hole is what to edit");
    expect(message).toContain("as `alpha` 33.3 %");
  });

  test("that is too faint to change anything, and one that is half strong is not", async () => {
    expect((await refused(values(0, 120), "white")).message).toContain("its strongest pixel edits 47.1 %");
    expect([...canonicalMask(values(0, 128), "white").data]).toEqual([0, 128]);
  });

  test("of a coloured shimmer, as JPEG leaves around an edge, is none of these", () => {
    const data = Uint8Array.from([255, 255, 255, 255, 240, 210, 0, 0, 0]);
    expect(canonicalMask({ width: 3, height: 1, channels: 3, data }, "white").data[0]).toBe(255);
  });

  test("that selects nothing, naming the convention under which it would", async () => {
    const blackStrokes = { width: 2, height: 1, channels: 2, data: Uint8Array.from([0, 255, 0, 0]) };
    const empty = await refused(blackStrokes, "white");
    expect(empty.message).toContain("selects nothing");
    expect(empty.message).toContain("as `painted` 50.0 %");
  });

  test("that is all keep, with no false hope", async () => {
    const error = await refused(values(0, 0, 0), "white");
    expect(error.message).toBe("The mask selects nothing: `white` edits where it is bright, and no visible pixel is.");
  });
});
