import { idOf, mask, photo } from "@infill/functions/testing";
import sharp from "sharp";
import { expect, test } from "vitest";
import { startTestStack } from "./testing/test-stack.ts";

test("a 12-megapixel photo taken upright in Display P3 comes back as it was, outside the mask to the pixel", async () => {
  await using t = await startTestStack();
  const [width, height] = [3000, 4000];
  // as a phone stores it: landscape, turned by EXIF, with its own profile
  const upright = await photo(width, height);
  const stored = await sharp(upright)
    .rotate(-90)
    .withIccProfile("p3")
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 92 })
    .toBuffer();
  expect(await sharp(stored).metadata()).toMatchObject({ width: height, height: width, orientation: 6 });
  const box = { left: 1400, top: 2100, width: 300, height: 200 };
  const [image, white] = await Promise.all([t.upload(stored, "image/jpeg"), t.upload(await mask(width, height, box))]);
  const edit = { image, mask: white, model: "modelslab/inpaint", prompt: "a boat", outputFormat: "png" };
  const job = await t.finish(await idOf(await t.ask(edit)));
  expect(job.error).toBeUndefined();
  expect(job.edit).toMatchObject({ workedAt: { width: expect.any(Number) } });

  const result = await t.result(job.id);
  const { icc, orientation, ...size } = await sharp(result).metadata();
  expect(size).toMatchObject({ width, height, format: "png" });
  expect(orientation ?? 1).toBe(1);
  expect(icc).toEqual((await sharp(stored).metadata()).icc);

  // decoded without any conversion of colour: what the caller's own viewer would read
  const raw = (bytes: Uint8Array) => sharp(bytes, { ignoreIcc: true }).autoOrient().removeAlpha().raw().toBuffer();
  const [before, after] = await Promise.all([raw(stored), raw(result)]);
  const feather = 60;
  let changed = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside =
        x > box.left - feather &&
        x < box.left + box.width + feather &&
        y > box.top - feather &&
        y < box.top + box.height + feather;
      const i = (y * width + x) * 3;
      if (!inside && (before[i] !== after[i] || before[i + 1] !== after[i + 1] || before[i + 2] !== after[i + 2]))
        changed++;
    }
  }
  expect(changed).toBe(0);
  expect(job.results[0]?.fidelity.changedOutside).toBe(0);
}, 60_000);
