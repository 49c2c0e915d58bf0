import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createPixels } from "@infill/pixels";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { randomOf } from "../random.ts";
import { tryBomb } from "./bomb-trial.ts";
import { bombs } from "./bombs/index.ts";
import { MUTATIONS } from "./mutate.ts";
import { runProcess } from "./process.ts";
import { fuzzImages } from "./run.ts";
import { type Seeds, smallSeeds } from "./seeds.ts";
import { tryOne } from "./trial.ts";

const pixels = createPixels();
let seeds: Seeds;
beforeAll(async () => {
  seeds = await smallSeeds();
});

describe("a damaged picture", () => {
  test("is taken, or refused with a code that is documented, whatever it stands for", { timeout: 60_000 }, async () => {
    const { small, outcomes, problems } = await fuzzImages({ count: 500, seed: 11, from: 0 });
    expect(problems).toEqual([]);
    expect(small).toBe(500);
    expect(Object.keys(outcomes["photo"] ?? {})).toEqual(expect.arrayContaining(["taken", "asset_invalid"]));
    expect(Object.keys(outcomes["mask"] ?? {})).toEqual(
      expect.arrayContaining(["taken", "asset_invalid", "mask_mismatch"]),
    );
    expect(Object.keys(outcomes["answer"] ?? {})).toEqual(expect.arrayContaining(["taken", "provider_rejected"]));
  });

  test("is the same for the same seed and number, and another for others", async () => {
    const made = async (seed: number, index: number) => (await tryOne(pixels, seeds, randomOf(seed, index))).file;
    expect(await made(3, 4)).toEqual(await made(3, 4));
    expect(await made(3, 4)).not.toEqual(await made(3, 5));
    expect(await made(3, 4)).not.toEqual(await made(4, 4));
  });

  test.each(Object.entries(MUTATIONS))("%s: is another file, of every format", (_, mutate) => {
    for (const format of ["png", "jpeg", "webp"] as const) {
      const { file } = seeds.list.find(({ name }) => name === `${format} profile`) ?? { file: new Uint8Array() };
      const changed = Array.from({ length: 20 }, (_, i) =>
        mutate({ format, file, other: file, random: randomOf(1, i) }),
      );
      expect(changed.some((each) => Buffer.compare(each, file) !== 0)).toBe(true);
    }
  });
});

describe("a bomb", () => {
  const all = bombs();
  test("there are fifty and more", () => {
    expect(all.length).toBeGreaterThanOrEqual(50);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  test.each(all.filter(({ stopped }) => stopped === "header"))(
    "$name: is refused before it is decoded",
    async (bomb) => {
      expect(await tryBomb(pixels, bomb)).toMatchObject({ outcome: "asset_invalid", stopped: "header" });
    },
  );

  test.each(all.filter(({ stopped }) => stopped === "nowhere"))(
    "$name: is taken or refused",
    { timeout: 60_000 },
    async (bomb) => {
      expect(await tryBomb(pixels, bomb)).not.toHaveProperty("problem");
    },
  );
});

describe("a decoder that takes its process along", () => {
  test.each([
    ["dies", "process.kill(process.pid, 'SIGSEGV')", "died of SIGSEGV"],
    ["ends", "process.exit(3)", "died of exit code 3"],
    ["hangs", "setInterval(() => {}, 1000)", "hung for 1 s"],
  ])("%s: is told with the number of the picture", async (_, end, how) => {
    const folder = await mkdtemp(join(tmpdir(), "infill-fuzz-test-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const program = pathToFileURL(join(folder, "worker.mjs"));
    await writeFile(program, `process.send({ kind: "sound", index: 7, cost: 1, ms: 1, peak: 1 }, () => { ${end} })`);

    const told: number[] = [];
    const death = await runProcess(
      { kind: "sound", seed: 1, from: 7, to: 20, folder },
      { program, patience: 1000, signal: new AbortController().signal, told: ({ index }) => told.push(index) },
    );
    expect(told).toEqual([7]);
    expect(death).toEqual({ index: 8, how });
  });
});
