import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OutputFormat, Prepared, SizeRule } from "@infill/core";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { createPixels } from "./index.ts";
import {
  greyPng,
  greyProfile,
  maskOf,
  noise,
  noisy,
  numbers,
  plain,
  pngOf,
  RANGE,
  refusalOf,
  settingsFor,
  WHITE_HARD,
  WHITE_SOFT,
  withProfile,
} from "./test-pictures.ts";

const pixels = createPixels();
const SMALL: SizeRule = { kind: "range", min: 16, max: 64, multipleOf: 8, preferred: 48 };
const SIZE = { width: 90, height: 70 };
const HOLE = { x: 30, y: 20, width: 20, height: 15 };

/** Prepares with a hard white mask and small sizes: a 48×48 crop of the photo's own pixels, unless told otherwise. */
const prepareSmall = (image: Uint8Array, mask: Uint8Array, over: Parameters<typeof settingsFor>[0] = {}) =>
  pixels.prepare({ image, mask, settings: settingsFor({ padding: 8, ...over }), sizes: SMALL, maskRule: WHITE_HARD });

const finishWith = (
  image: Uint8Array,
  mask: Uint8Array,
  prepared: Prepared,
  answer: Uint8Array,
  outputFormat: OutputFormat = "png",
) => pixels.finish({ image, mask, plan: prepared.plan, sent: prepared.image, answer, outputFormat });

const inside = (x: number, y: number, { x: left, y: top, width, height } = HOLE) =>
  x >= left && x < left + width && y >= top && y < top + height;

test("importing the package does not load sharp", () => {
  const script = `
    const { createPixels } = await import(${JSON.stringify(new URL("./index.ts", import.meta.url).href)});
    createPixels();
    console.log(process.report.getReport().sharedObjects.some((file) => file.includes("sharp")));
    await import("sharp");
    console.log(process.report.getReport().sharedObjects.some((file) => file.includes("sharp")));`;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: import.meta.dirname });
  expect(said.toString().split("\n").slice(0, 2)).toEqual(["false", "true"]);
});

describe("a 12-megapixel phone photo, turned by EXIF and in Display P3, through a 1024 px model", async () => {
  const upright = { width: 3024, height: 4032 };
  const texture = await noisy({ width: 252, height: 189 }).png().toBuffer();
  const image = await sharp(texture)
    .resize(4032, 3024)
    .withIccProfile("p3")
    .withExif({ IFD3: { GPSLatitudeRef: "N" } })
    .withMetadata({ orientation: 6 })
    .withXmp("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    .jpeg({ quality: 90 })
    .toBuffer();
  const mask = await sharp({ create: { ...upright, channels: 3, background: "#000" } })
    .composite([{ input: await plain({ width: 700, height: 500 }, "#fff"), left: 1200, top: 2000 }])
    .png()
    .toBuffer();
  const settings = settingsFor({ grow: 10, feather: 20 });
  const prepared = await pixels.prepare({ image, mask, settings, sizes: RANGE, maskRule: WHITE_HARD });
  const answer = await sharp(prepared.image).negate().png().toBuffer();
  const finished = await finishWith(image, mask, prepared, answer);

  test("is sent as a crop in sRGB at a size the model works at", async () => {
    const { plan } = prepared;
    expect(plan.photo).toEqual(upright);
    expect(plan.crop.width).toBeLessThan(2000);
    const sent = await sharp(prepared.image).metadata();
    expect(sent).toMatchObject({ ...plan.work, format: "png", channels: 3, hasProfile: false });
    // what a colour-managed viewer shows of the same part
    const seen = await sharp(image)
      .autoOrient()
      .extract({ left: plan.crop.x, top: plan.crop.y, width: plan.crop.width, height: plan.crop.height })
      .resize(plan.placed.width, plan.placed.height, { fit: "fill" })
      .raw()
      .toBuffer();
    const sentPixels = await sharp(prepared.image).raw().toBuffer();
    expect(meanDifference(seen, sentPixels)).toBeLessThan(0.5);
  });

  test("comes back whole, upright, with its profile and no other metadata", async () => {
    const before = await sharp(image).metadata();
    const after = await sharp(finished.bytes).metadata();
    expect(before).toMatchObject({ orientation: 6, hasProfile: true, exif: expect.anything(), xmp: expect.anything() });
    expect(after).toMatchObject({ ...upright, format: "png" });
    expect(after.icc).toEqual(before.icc);
    expect(after.exif).toBeUndefined();
    expect(after.xmp).toBeUndefined();
    expect(after.orientation).toBeUndefined();
    expect(finished).toMatchObject({ ...upright, contentType: "image/png" });
  });

  test("is exact outside the feathered mask, and changed inside", async () => {
    const original = await numbers(image);
    const result = await numbers(finished.bytes);
    const margin = 30;
    let changedOutside = 0;
    let changedInside = 0;
    for (let y = 0; y < upright.height; y++) {
      for (let x = 0; x < upright.width; x++) {
        const at = (y * upright.width + x) * 3;
        const same =
          original.data[at] === result.data[at] &&
          original.data[at + 1] === result.data[at + 1] &&
          original.data[at + 2] === result.data[at + 2];
        if (same) continue;
        if (x < 1200 - margin || x >= 1900 + margin || y < 2000 - margin || y >= 2500 + margin) changedOutside++;
        else changedInside++;
      }
    }
    expect(changedOutside).toBe(0);
    expect(changedInside).toBeGreaterThan(300_000);
    expect(finished.fidelity).toMatchObject({ changedOutside: 0, maxDifferenceOutside: 0, crop: prepared.plan.crop });
    expect(finished.fidelity.outsidePixels).toBe(Math.round((1 - prepared.plan.coverage) * 3024 * 4032));
  });

  test("reports what the provider did to the rest of what it was sent", () => {
    expect(finished.fidelity.providerDrift.changedShare).toBeGreaterThan(0.9);
  });
});

describe("colours", () => {
  test("of an answer arrive in the photo's own profile", async () => {
    const image = await plain(SIZE, "#808080").then((png) => sharp(png).withIccProfile("p3").png().toBuffer());
    const mask = await maskOf(SIZE, HOLE);
    const prepared = await prepareSmall(image, mask);
    const finished = await finishWith(image, mask, prepared, await plain(prepared.plan.work, "#ff0000"));
    const { data } = await numbers(finished.bytes);
    const at = (28 * SIZE.width + 40) * 3;
    expect([...data.subarray(at, at + 3)]).toEqual([234, 51, 35].map((value) => expect.closeTo(value, -0.6)));
    const shown = await sharp(finished.bytes).raw().toBuffer();
    expect([...shown.subarray(at, at + 3)]).toEqual([255, 0, 0].map((value) => expect.closeTo(value, -0.6)));
  });

  test("of a grey photo stay grey, in its own profile, and the job says so", async () => {
    const image = withProfile(await noisy(SIZE, 1).jpeg({ quality: 100 }).toBuffer(), greyProfile(1.8));
    const mask = await maskOf(SIZE, HOLE);
    const prepared = await prepareSmall(image, mask);
    expect(prepared.warnings).toEqual(["The photo is greyscale, and the result stays greyscale."]);
    expect((await sharp(prepared.image).metadata()).channels).toBe(3);

    const finished = await finishWith(image, mask, prepared, await plain(prepared.plan.work, "#808080"));
    const { icc, channels } = await sharp(finished.bytes).metadata();
    expect({ icc, channels }).toEqual({ icc: greyProfile(1.8), channels: 1 });
    // sRGB's middle grey is 21.6 % light; at gamma 1.8 that is 0.216^(1/1.8) = 0.427
    const { data } = await numbers(finished.bytes);
    expect(data[28 * SIZE.width + 40]).toBeCloseTo(109, -0.6);
    expect(finished.fidelity.changedOutside).toBe(0);
  });
});

describe("outside the mask every number survives, for", () => {
  const photos = {
    "an RGB PNG": () => pngOf(SIZE),
    "a JPEG": () => noisy(SIZE).jpeg().toBuffer(),
    "a WebP": () => noisy(SIZE).webp().toBuffer(),
    "a grey PNG": () => pngOf(SIZE, 1),
    "a grey PNG with alpha": () => pngOf(SIZE, 2),
    "an RGBA PNG": () => pngOf(SIZE, 4),
    "a palette PNG": () => noisy(SIZE).png({ palette: true }).toBuffer(),
    "a PNG turned by EXIF": () =>
      sharp(noise(90 * 70 * 3), { raw: { width: 70, height: 90, channels: 3 } })
        .withMetadata({ orientation: 5 })
        .png()
        .toBuffer(),
  };

  test.each(
    Object.entries(photos).flatMap(([name, make]) =>
      (["png", "webp"] as const).map((format) => ({ name, make, format })),
    ),
  )("$name, as $format", async ({ make, format }) => {
    const image = await make();
    const mask = await maskOf(SIZE, HOLE);
    const prepared = await prepareSmall(image, mask);
    const finished = await finishWith(image, mask, prepared, await plain(prepared.plan.work), format);
    expect(finished.fidelity).toMatchObject({
      outsidePixels: 90 * 70 - 300,
      changedOutside: 0,
      maxDifferenceOutside: 0,
    });

    const before = await numbers(image);
    const after = await numbers(finished.bytes);
    const colours = (channels: number) => (channels > 2 ? [0, 1, 2] : [0, 0, 0]);
    for (let y = 0; y < SIZE.height; y++) {
      for (let x = 0; x < SIZE.width; x++) {
        if (inside(x, y)) continue;
        const pixel = y * SIZE.width + x;
        const was = colours(before.channels).map((c) => before.data[pixel * before.channels + c]);
        const is = colours(after.channels).map((c) => after.data[pixel * after.channels + c]);
        expect(is).toEqual(was);
      }
    }
  });

  test("a 16-bit PNG, which stays 16 bits", async () => {
    const data = new Uint16Array(90 * 70 * 4).map((_, i) => (i * 7919) % 65_536);
    const image = await sharp(data, { raw: { ...SIZE, channels: 4 } })
      .toColourspace("rgb16")
      .png()
      .toBuffer();
    const mask = await maskOf(SIZE, HOLE);
    const prepared = await prepareSmall(image, mask);
    const finished = await finishWith(image, mask, prepared, await plain(prepared.plan.work, "#ff8000"));
    const after = await numbers(finished.bytes);
    expect(after).toMatchObject({ channels: 4, depth: "ushort" });
    expect(finished.fidelity.changedOutside).toBe(0);
    for (let i = 0; i < data.length; i++) {
      const pixel = Math.floor(i / 4);
      const kept = i % 4 === 3 || !inside(pixel % 90, Math.floor(pixel / 90));
      expect(after.data[i]).toBe(kept ? data[i] : [65_535, 0x80 * 257, 0][i % 4]);
    }
  });

  test("any small picture and mask, soft or hard, whatever grow, feather and answer", async () => {
    const scene = fc
      .record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) })
      .chain((size) =>
        fc.record({
          size: fc.constant(size),
          seed: fc.nat(10_000),
          channels: fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const),
          mask: fc
            .array(fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 130, 255), {
              minLength: size.width * size.height,
              maxLength: size.width * size.height,
            })
            .filter((values) => values.some((value) => value > 0)),
          grow: fc.nat(3),
          feather: fc.nat(4),
          format: fc.constantFrom("png" as const, "webp" as const),
        }),
      );
    await fc.assert(
      fc.asyncProperty(scene, async ({ size, seed, channels, mask: values, grow, feather, format }) => {
        const image = await pngOf(size, channels, seed);
        const mask = await greyPng(Uint8Array.from(values), size);
        const prepared = await prepareSmall(image, mask, { grow, feather });
        const { fidelity, bytes } = await finishWith(
          image,
          mask,
          prepared,
          await pngOf(prepared.plan.work, 3, seed + 1),
          format,
        );
        expect(fidelity.changedOutside).toBe(0);

        const before = await sharp(image).ensureAlpha().raw().toBuffer();
        const after = await sharp(bytes).ensureAlpha().raw().toBuffer();
        const reach = grow + feather;
        for (let i = 0; i < values.length; i++) {
          const x = i % size.width;
          const y = Math.floor(i / size.width);
          const near = values.some(
            (value, j) => value > 0 && Math.hypot((j % size.width) - x, Math.floor(j / size.width) - y) <= reach,
          );
          if (!near) expect(after.subarray(i * 4, i * 4 + 4)).toEqual(before.subarray(i * 4, i * 4 + 4));
          expect(after[i * 4 + 3]).toBe(before[i * 4 + 3]);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("an answer", () => {
  test("the same as what was sent leaves the photo as it was where nothing was resized", async () => {
    const image = await pngOf(SIZE);
    const mask = await maskOf(SIZE, HOLE);
    const prepared = await prepareSmall(image, mask, { feather: 6 });
    expect(prepared.plan.placed).toMatchObject({ width: prepared.plan.crop.width, height: prepared.plan.crop.height });
    const finished = await finishWith(image, mask, prepared, prepared.image);
    expect((await numbers(finished.bytes)).data).toEqual((await numbers(image)).data);
    expect(finished.fidelity.providerDrift).toEqual({ changedShare: 0, meanDifference: 0 });
  });

  test("lands in the mask, through mirrored filling and back", async () => {
    const narrow = { width: 12, height: 130 };
    const hole = { x: 3, y: 20, width: 6, height: 20 };
    const image = await plain(narrow, "#000000");
    const mask = await maskOf(narrow, hole);
    const prepared = await prepareSmall(image, mask, { crop: "off" });
    const { plan } = prepared;
    expect(plan.crop).toEqual({ x: 0, y: 0, ...narrow });
    expect(plan.placed.width).toBeLessThan(plan.work.width);
    const answer = await sharp(await sharp(prepared.mask).toColourspace("srgb").png().toBuffer())
      .png()
      .toBuffer();
    const { data } = await numbers((await finishWith(image, mask, prepared, answer)).bytes);
    for (let pixel = 0; pixel < 12 * 130; pixel++) {
      const x = pixel % 12;
      const y = Math.floor(pixel / 12);
      if (!inside(x, y, hole)) expect(data[pixel * 3]).toBe(0);
      else if (inside(x, y, { x: 5, y: 24, width: 2, height: 12 })) expect(data[pixel * 3]).toBeGreaterThan(250);
    }
  });

  test("of another size is scaled as a whole, of another aspect refused", async () => {
    const image = await pngOf(SIZE);
    const mask = await maskOf(SIZE, HOLE);
    const prepared = await prepareSmall(image, mask);
    const { work } = prepared.plan;
    const double = await plain({ width: work.width * 2, height: work.height * 2 });
    expect((await finishWith(image, mask, prepared, double)).fidelity.changedOutside).toBe(0);

    const error = await refusalOf(
      finishWith(image, mask, prepared, await plain({ width: work.width * 2, height: work.height })),
    );
    expect(error.code).toBe("provider_rejected");
    expect(error.message).toContain(`${work.width * 2}×${work.height} px, and was sent ${work.width}×${work.height}`);
  });

  test.each([
    ["text", async () => Buffer.from("Service unavailable")],
    ["cut off", async () => (await pngOf({ width: 48, height: 48 })).subarray(0, 3000)],
    ["a GIF", () => noisy({ width: 48, height: 48 }).gif().toBuffer()],
  ])("that is %s is the provider's fault", async (_, make) => {
    const image = await pngOf(SIZE);
    const mask = await maskOf(SIZE, HOLE);
    const prepared = await prepareSmall(image, mask);
    expect(prepared.plan.work).toEqual({ width: 48, height: 48 });
    expect((await refusalOf(finishWith(image, mask, prepared, await make()))).code).toBe("provider_rejected");
  });
});

describe("the mask a provider is sent", () => {
  const prepareFor = async (maskRule: Parameters<typeof pixels.prepare>[0]["maskRule"], over = {}) => {
    const image = await pngOf(SIZE);
    const prepared = await pixels.prepare({
      image,
      mask: await maskOf(SIZE, HOLE),
      settings: settingsFor({ padding: 8, ...over }),
      sizes: SMALL,
      maskRule,
    });
    const { data, info } = await sharp(prepared.mask).raw().toBuffer({ resolveWithObject: true });
    const { crop, work } = prepared.plan;
    expect(info).toMatchObject(work);
    /** First and last channel of a pixel of the photo. */
    const at = (x: number, y: number) => {
      const pixel = ((y - crop.y) * work.width + x - crop.x) * info.channels;
      return [data[pixel], data[pixel + info.channels - 1]];
    };
    return { at, channels: (await sharp(prepared.mask).metadata()).channels };
  };

  test("is white, black or transparent where to edit, as its rule says", async () => {
    const white = await prepareFor(WHITE_HARD);
    expect([white.channels, white.at(40, 27), white.at(25, 27)]).toEqual([1, [255, 255], [0, 0]]);
    const black = await prepareFor({ convention: "black", soft: false });
    expect([black.channels, black.at(40, 27), black.at(25, 27)]).toEqual([1, [0, 0], [255, 255]]);
    const alpha = await prepareFor({ convention: "alpha", soft: false });
    expect([alpha.channels, alpha.at(40, 27)[1], alpha.at(25, 27)[1]]).toEqual([2, 0, 255]);
  });

  test("carries the ramp where the model takes grey, and all of it as edit where it does not", async () => {
    const soft = await prepareFor(WHITE_SOFT, { feather: 4 });
    expect([26, 27, 28, 29].map((x) => soft.at(x, 27)[0])).toEqual([51, 102, 153, 204]);
    const hard = await prepareFor(WHITE_HARD, { feather: 4 });
    expect([25, 26, 27, 28, 29].map((x) => hard.at(x, 27)[0])).toEqual([0, 255, 255, 255, 255]);
  });
});

describe("pictures that do not belong together", () => {
  test("a mask painted on a scaled view is brought to the photo, and the job says so", async () => {
    const image = await pngOf({ width: 400, height: 300 });
    const mask = await maskOf({ width: 100, height: 75 }, { x: 40, y: 30, width: 10, height: 10 });
    const { plan, warnings } = await prepareSmall(image, mask);
    expect(plan.maskScaled).toBe(true);
    expect(warnings).toEqual(["The mask of 100×75 px was scaled to the photo's 400×300 px."]);
    expect(plan.coverage).toBeCloseTo(0.0133, 2);
  });

  test("a mask of another aspect is refused with both sizes", async () => {
    const error = await refusalOf(prepareSmall(await pngOf(SIZE), await maskOf({ width: 70, height: 90 }, HOLE)));
    expect(error).toMatchObject({ code: "mask_mismatch", options: { pointer: "/mask" } });
    expect(error.message).toContain("70×90");
    expect(error.message).toContain("90°");
  });

  test("a plan made for another mask is not pasted", async () => {
    const image = await pngOf({ width: 400, height: 300 });
    const size = { width: 400, height: 300 };
    const prepared = await prepareSmall(image, await maskOf(size, { x: 10, y: 10, width: 20, height: 20 }));
    const other = await maskOf(size, { x: 300, y: 200, width: 20, height: 20 });
    const error = await refusalOf(finishWith(image, other, prepared, prepared.image));
    expect(error).toMatchObject({ code: "internal", message: expect.stringContaining("not the one") });
  });
});

describe("a result", () => {
  test("as JPEG reports what compression changed outside the mask", async () => {
    const image = await pngOf(SIZE);
    const mask = await maskOf(SIZE, HOLE);
    const prepared = await prepareSmall(image, mask);
    const { fidelity, bytes, contentType } = await finishWith(image, mask, prepared, prepared.image, "jpeg");
    expect(contentType).toBe("image/jpeg");
    expect((await sharp(bytes).metadata()).chromaSubsampling).toBe("4:4:4");

    const before = (await numbers(image)).data;
    const after = (await numbers(bytes)).data;
    let changed = 0;
    let largest = 0;
    for (let pixel = 0; pixel < 90 * 70; pixel++) {
      if (inside(pixel % 90, Math.floor(pixel / 90))) continue;
      const most = Math.max(
        ...[0, 1, 2].map((c) => Math.abs((before[pixel * 3 + c] ?? 0) - (after[pixel * 3 + c] ?? 0))),
      );
      if (most > 0) changed++;
      largest = Math.max(largest, most);
    }
    expect(fidelity).toMatchObject({ changedOutside: changed, maxDifferenceOutside: largest });
    expect(changed).toBeGreaterThan(0);
  });

  test("as WebP is lossy when a quality is asked for", async () => {
    const image = await pngOf(SIZE);
    const mask = await maskOf(SIZE, HOLE);
    const { plan, image: sent } = await prepareSmall(image, mask);
    const finished = await pixels.finish({
      image,
      mask,
      plan,
      sent,
      answer: sent,
      outputFormat: "webp",
      outputQuality: 60,
    });
    expect(finished.fidelity.changedOutside).toBeGreaterThan(0);
  });

  test("keeps a transparent photo's alpha, and the job says where that hides the edit", async () => {
    const image = await pngOf(SIZE, 4);
    const mask = await maskOf(SIZE, HOLE);
    const prepared = await prepareSmall(image, mask);
    expect(prepared.warnings[0]).toMatch(/^The photo is transparent in (99|100) % of the edited part/);
    const after = await numbers((await finishWith(image, mask, prepared, await plain(prepared.plan.work))).bytes);
    const before = await numbers(image);
    expect(after.data.filter((_, i) => i % 4 === 3)).toEqual(before.data.filter((_, i) => i % 4 === 3));
  });

  test.each([8, 16])("closes the hole of a photo of %i bits that is its own mask", async (bits) => {
    const hole = { x: 10, y: 8, width: 20, height: 10 };
    const data = new Uint8Array(SIZE.width * SIZE.height * 4).fill(200);
    for (let y = 0; y < SIZE.height; y++) {
      for (let x = 0; x < SIZE.width; x++) {
        const within = x >= hole.x && x < hole.x + hole.width && y >= hole.y && y < hole.y + hole.height;
        // half transparent on the left of it, and all of it on the right
        data[(y * SIZE.width + x) * 4 + 3] = within ? (x < 20 ? 128 : 0) : 255;
      }
    }
    const eight = sharp(data, { raw: { ...SIZE, channels: 4 } });
    const image = await (bits === 16 ? eight.toColourspace("rgb16") : eight).png().toBuffer();
    const prepared = await prepareSmall(image, image, { maskConvention: "alpha", feather: 0, grow: 0 });
    expect(prepared.warnings).toEqual([]);
    const finished = await finishWith(image, image, prepared, await plain(prepared.plan.work));
    expect(finished.fidelity.changedOutside).toBe(0);
    const after = await sharp(finished.bytes).toColourspace("srgb").raw().toBuffer();
    expect(after.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  });

  test("too long for its format is refused with the limit", async () => {
    const size = { width: 17_000, height: 4 };
    const image = await plain(size);
    const mask = await maskOf(size, { x: 5, y: 0, width: 4, height: 4 });
    const prepared = await prepareSmall(image, mask);
    const error = await refusalOf(finishWith(image, mask, prepared, prepared.image, "webp"));
    expect(error).toMatchObject({ code: "unsupported_option", options: { pointer: "/outputFormat" } });
    expect(error.message).toContain("16383");
  });
});

test("work stops at the next stage when it is canceled, with the signal's own reason", async () => {
  const reason = new Error("the caller left");
  const signal = AbortSignal.abort(reason);
  const image = await pngOf(SIZE);
  const mask = await maskOf(SIZE, HOLE);
  const input = { image, mask, settings: settingsFor(), sizes: SMALL, maskRule: WHITE_HARD };
  await expect(pixels.prepare({ ...input, signal })).rejects.toBe(reason);
  const { plan, image: sent } = await pixels.prepare(input);
  await expect(pixels.finish({ image, mask, plan, sent, answer: sent, outputFormat: "png", signal })).rejects.toBe(
    reason,
  );
});

test("no file is left in the scratch folder", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "pixels-test-"));
  try {
    const own = createPixels({ scratch });
    const image = await noisy(SIZE).withIccProfile("p3").png().toBuffer();
    const mask = await maskOf(SIZE, HOLE);
    const prepared = await own.prepare({ image, mask, settings: settingsFor(), sizes: SMALL, maskRule: WHITE_HARD });
    await own.finish({
      image,
      mask,
      plan: prepared.plan,
      sent: prepared.image,
      answer: prepared.image,
      outputFormat: "png",
    });
    expect(await readdir(scratch)).toEqual([]);
  } finally {
    await rm(scratch, { recursive: true });
  }
});

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0));
  return sum / a.length;
}
