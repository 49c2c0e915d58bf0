import type { EditPlan, ModelRecord, Rect } from "@infill/core";
import { mask, photo } from "@infill/functions/testing";
import { registry } from "@infill/providers";
import type { Work } from "@infill/simulators";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Simulators, startSimulators } from "../simulate.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

/** A day on which every model is served. */
const DAY = Date.UTC(2026, 10, 20);

const SIZE = { width: 660, height: 500 };
/** What the mask opens, px: off the middle, so that a mirrored mask would show. */
const BOX = { left: 150, top: 290, width: 120, height: 80 };
/** The mask as it is, hard: what was marked is what is edited. */
const HARD = { grow: 0, feather: 0 };

const models = Object.values(registry).flatMap((entry) => entry.models);

describe("the same photo, mask and prompt", () => {
  let t: TestStack;
  let simulators: Simulators;
  let close: () => Promise<void>;
  let original: Buffer;
  let pictures: { image: string; mask: string };
  beforeAll(async () => {
    t = await startTestStack({
      startAt: DAY,
      async vendors(time) {
        const started = await startSimulators(time);
        ({ simulators, close } = started);
        return started.providers;
      },
    });
    original = await photo(SIZE.width, SIZE.height);
    const [image, hole] = await Promise.all([t.upload(original), t.upload(await mask(SIZE.width, SIZE.height, BOX))]);
    pictures = { image, mask: hole };
  });
  afterAll(async () => {
    await t[Symbol.asyncDispose]();
    await close();
  });

  const askFor = ({ id, replace }: Pick<ModelRecord, "id" | "replace">) => {
    const { prompt } = replace ?? {};
    const words = prompt === "required" || prompt === "optional" ? "a red boat" : undefined;
    return { model: id, ...pictures, edit: HARD, operation: replace ? "replace" : "erase", prompt: words };
  };

  test.each(models)("changes by $id what was marked, and nothing else", async (model) => {
    const job = await t.edit(askFor(model));
    expect(job.error).toBeUndefined();
    expect(job).toMatchObject({ status: "succeeded", results: [{ ...SIZE, fidelity: { changedOutside: 0 } }] });
    const { inside, outside } = await changedPixels(original, await t.result(job.id));
    expect(outside).toBe(0);
    expect(inside / (BOX.width * BOX.height + outside)).toBeGreaterThanOrEqual(0.98);
  });

  test.each(models)("is marked for $id where that vendor's own rule paints", async (model) => {
    const works = (): readonly Work[] => simulators[model.provider as keyof Simulators].works;
    const before = works().length;
    const { id } = await t.edit(askFor(model));
    expect(works().length).toBe(before + 1);
    const { plan } = (await t.records.getJob(id)) ?? {};
    const work = works().at(-1);
    if (plan === undefined || work === undefined) return expect.fail("there was no work");
    expect(await sharp(work.photo).metadata()).toMatchObject(plan.work);

    const marks = await marked(work.mask, work.paints);
    expect(marks).toMatchObject(plan.work);
    const box = inWork(plan);
    for (let y = 0; y < marks.height; y++) {
      for (let x = 0; x < marks.width; x++) {
        const is = marks.at(x, y);
        // a pixel of the edge may be either
        if (within(x, y, box, -1) ? !is : is && !within(x, y, box, 1)) expect.fail(`${x}, ${y} is marked: ${is}`);
      }
    }
  });
});

/** How many pixels differ between two pictures, inside and outside the box. */
async function changedPixels(a: Uint8Array, b: Uint8Array): Promise<{ inside: number; outside: number }> {
  const [one, two] = await Promise.all([a, b].map((file) => sharp(file).removeAlpha().raw().toBuffer()));
  const counts = { inside: 0, outside: 0 };
  const box = { x: BOX.left, y: BOX.top, width: BOX.width, height: BOX.height };
  for (let i = 0; i < SIZE.width * SIZE.height; i++) {
    if (one?.compare(two ?? one, i * 3, i * 3 + 3, i * 3, i * 3 + 3) === 0) continue;
    counts[within(i % SIZE.width, Math.floor(i / SIZE.width), box, 0) ? "inside" : "outside"]++;
  }
  return counts;
}

/** A mask as a vendor received it, read by its rule: as its simulator has it, which knows nothing of adapters. */
async function marked(bytes: Uint8Array, paints: Work["paints"]) {
  const { data, info } = await sharp(bytes)
    .ensureAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const sample = (x: number, y: number, channel: number) => data[(y * width + x) * 4 + channel] ?? 0;
  const rules = {
    white: (x: number, y: number) => sample(x, y, 0) >= 128,
    black: (x: number, y: number) => sample(x, y, 0) < 128,
    transparent: (x: number, y: number) => sample(x, y, 3) === 0,
  };
  return { width, height, at: rules[paints] };
}

/** The box as it lies in the picture that was sent, px. */
function inWork({ crop, placed }: EditPlan): Rect {
  const [sx, sy] = [placed.width / crop.width, placed.height / crop.height];
  return {
    x: placed.x + (BOX.left - crop.x) * sx,
    y: placed.y + (BOX.top - crop.y) * sy,
    width: BOX.width * sx,
    height: BOX.height * sy,
  };
}

const within = (x: number, y: number, box: Rect, by: number): boolean =>
  x >= box.x - by && x + 1 <= box.x + box.width + by && y >= box.y - by && y + 1 <= box.y + box.height + by;
