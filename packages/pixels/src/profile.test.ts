import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { createPixels } from "./index.ts";
import { convertsBack, usableProfile } from "./profile.ts";

const plain = (width = 64, height = 48) =>
  sharp({ create: { width, height, channels: 3, background: { r: 200, g: 60, b: 30 } } });

async function displayP3(): Promise<Buffer> {
  const { icc } = await sharp(await plain().withIccProfile("p3").jpeg().toBuffer()).metadata();
  if (icc === undefined) throw new Error("sharp attached no profile");
  return icc;
}

/** A JPEG with any bytes for a profile: one APP2 segment (ICC.1:2022, B.4). */
async function jpegWith(profile: Buffer): Promise<Buffer> {
  const jpeg = await plain().jpeg().toBuffer();
  const body = Buffer.concat([Buffer.from("ICC_PROFILE\0\x01\x01", "latin1"), profile]);
  const head = Buffer.from([0xff, 0xe2, (body.length + 2) >> 8, (body.length + 2) & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}

describe("a profile", () => {
  test("is cut to the length its header states, and dropped where it cannot be whole", async () => {
    const icc = await displayP3();
    expect(usableProfile(Buffer.concat([icc, Buffer.alloc(7)]), false)).toEqual(icc);
    expect(usableProfile(icc.subarray(0, icc.length - 1), false)).toBeUndefined();
    expect(usableProfile(icc.subarray(0, 100), false)).toBeUndefined();
    expect(usableProfile(icc, true)).toBeUndefined();
  });

  test("that colours can be converted to is told from one of a scanner", async () => {
    const icc = await displayP3();
    expect(convertsBack(icc)).toBe(true);
    const scanner = Buffer.from(icc);
    scanner.write("A2B0", scanner.indexOf("rXYZ"), "latin1");
    expect(convertsBack(scanner)).toBe(false);
  });

  test.each([
    ["trailing bytes", (icc: Buffer) => Buffer.concat([icc, Buffer.alloc(4)])],
    ["a missing end", (icc: Buffer) => icc.subarray(0, icc.length - 10)],
    ["a header that says nothing", (icc: Buffer) => Buffer.concat([Buffer.alloc(4), icc.subarray(4)])],
  ])("with %s never costs a paid edit", async (_, damage) => {
    const pixels = createPixels();
    const image = await jpegWith(damage(await displayP3()));
    const white = await sharp({ create: { width: 10, height: 10, channels: 3, background: "white" } })
      .png()
      .toBuffer();
    const mask = await sharp({ create: { width: 64, height: 48, channels: 3, background: "black" } })
      .composite([{ input: white, left: 20, top: 20 }])
      .png()
      .toBuffer();
    const settings = { crop: "auto", grow: 0, feather: 1, maskConvention: "white" } as const;
    const sizes = { kind: "range", min: 16, max: 1024, multipleOf: 1, preferred: 64 } as const;
    const { plan, image: sent } = await pixels.prepare({
      image,
      mask,
      settings,
      sizes,
      maskRule: { convention: "white", soft: false },
    });
    const finished = await pixels.finish({ image, mask, plan, sent, answer: sent, outputFormat: "png" });
    expect(finished.fidelity.changedOutside).toBe(0);
  });
});
