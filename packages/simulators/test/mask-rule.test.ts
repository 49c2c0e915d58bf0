import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { expect, test } from "vitest";
import { DRIFT_LEVELS, paint } from "../src/index.ts";
import { difference, download, FIXTURE, firstLink, openScene, pixelsOf } from "./scene.ts";

const CELL = 16;

// ModelsLab's SDK pages: "Mask: white = edit, black = keep".
test("white is edited and black is kept, as drawn by hand", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ answer: "success" });
  const { output } = await scene.submitJson();

  const result = await download(firstLink(output));
  const photo = await pixelsOf(await readFile(new URL("photo.png", FIXTURE)));
  expect([result.width, result.height]).toEqual([256, 256]);
  expect(cellsChanged(photo, result)).toBe(await readFile(new URL("drawing.txt", FIXTURE), "utf8"));
});

test("pixels that are kept drift a little, as a real model's do, and never far", async () => {
  const photo = await readFile(new URL("photo.png", FIXTURE));
  const nothing = await sharp({ create: { width: 256, height: 256, channels: 3, background: "black" } })
    .png()
    .toBuffer();
  const result = await pixelsOf(await paint({ photo, mask: nothing, width: 256, height: 256, prompt: "a", seed: 1 }));
  const original = await pixelsOf(photo);
  const drifts = Array.from(result.data, (level, index) => Math.abs(level - (original.data[index] ?? 0)));
  expect(Math.max(...new Set(drifts))).toBe(DRIFT_LEVELS);
  expect(drifts.filter((drift) => drift > 0).length / drifts.length).toBeGreaterThan(0.5);
});

test("a mask's transparency means nothing: transparent white is still white", async () => {
  const photo = await readFile(new URL("photo.png", FIXTURE));
  const glass = await sharp({
    create: { width: 8, height: 8, channels: 4, background: { r: 255, g: 255, b: 255, alpha: 0 } },
  })
    .png()
    .toBuffer();
  const result = await pixelsOf(await paint({ photo, mask: glass, width: 256, height: 256, prompt: "a cat", seed: 1 }));
  expect(cellsChanged(await pixelsOf(photo), result)).not.toContain(".");
});

test.each([
  [false, 1],
  [true, 192 / 255],
])(
  "grey mixes painting and photo where that is its meaning (%s), and is white or black elsewhere",
  async (soft, share) => {
    const size = { width: 64, height: 64 };
    const flat = (background: string) =>
      sharp({ create: { ...size, channels: 3, background } })
        .png()
        .toBuffer();
    const painted = async (mask: string) => {
      const job = { photo: await flat("#808080"), mask: await flat(mask), soft, ...size, prompt: "a cat", seed: 1 };
      return (await pixelsOf(await paint(job))).data;
    };
    const [whole, mixture] = [await painted("#ffffff"), await painted("#c0c0c0")];
    const furthest = Math.max(
      ...Array.from(mixture, (level, i) => Math.abs(level - (128 + (Number(whole[i]) - 128) * share))),
    );
    expect(furthest).toBeLessThanOrEqual(DRIFT_LEVELS);
  },
);

test("the prompt and the seed decide the pattern, and the same two give the same bytes", async () => {
  const [photo, mask] = await Promise.all(["photo.png", "mask.png"].map((name) => readFile(new URL(name, FIXTURE))));
  if (photo === undefined || mask === undefined) throw new Error("the fixture is incomplete");
  const painted = (prompt: string, seed: number) => paint({ photo, mask, width: 264, height: 256, prompt, seed });
  const first = await painted("a cat", 1);
  expect(first).toEqual(await painted("a cat", 1));
  expect(first).not.toEqual(await painted("a cat", 2));
  expect(first).not.toEqual(await painted("a dog", 1));
});

/** `#` for a cell whose every pixel is plainly another, `.` where none is, `?` for a mixture. */
function cellsChanged(before: Parameters<typeof difference>[0], after: typeof before): string {
  const rows = Array.from({ length: 256 / CELL }, (_, row) =>
    Array.from({ length: 256 / CELL }, (_, column) => {
      const changed = Array.from({ length: CELL * CELL }, (_, pixel) =>
        difference(before, after, column * CELL + (pixel % CELL), row * CELL + Math.floor(pixel / CELL)),
      ).map((levels) => levels > 2 * DRIFT_LEVELS);
      if (changed.every((yes) => yes)) return "#";
      return changed.some((yes) => yes) ? "?" : ".";
    }).join(""),
  );
  return `${rows.join("\n")}\n`;
}
