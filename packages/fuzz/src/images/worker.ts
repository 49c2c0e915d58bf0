import { once } from "@infill/core";
import { createPixels } from "@infill/pixels";
import { randomOf } from "../random.ts";
import { costOfSound, tryBomb } from "./bomb-trial.ts";
import { bombs } from "./bombs/index.ts";
import type { Batch, Finding, Told } from "./process.ts";
import { LARGE_NAMES, largeSeed, smallSeeds } from "./seeds.ts";
import { tryOne } from "./trial.ts";

const { kind, seed, from, to, folder }: Batch = JSON.parse(process.argv[2] ?? "{}");
process.on("SIGINT", () => {}); // Ctrl-C is for who started this

const pixels = createPixels();
const small = once(smallSeeds);
// What is loaded on first use is no cost of what is tried; but the memory is to be that of a large picture alone.
if (kind !== "large") await costOfSound(pixels, await small());

async function tryNumber(index: number): Promise<Finding> {
  switch (kind) {
    case "sound":
      return { kind, cost: await costOfSound(pixels, await large(index)) };
    case "bombs": {
      const bomb = bombs()[index];
      if (bomb === undefined) throw new RangeError(`there is no bomb ${index}`);
      return { kind, trial: await tryBomb(pixels, bomb) };
    }
    case "large":
    case "pictures": {
      const seeds = kind === "large" ? await large(index) : await small();
      const { file: _, ...trial } = await tryOne(pixels, seeds, randomOf(seed, index));
      return { kind, trial };
    }
  }
}

const large = (index: number) => largeSeed(folder, LARGE_NAMES[index % LARGE_NAMES.length] ?? "");

for (let index = from; index < to; index++) {
  const began = performance.now();
  const finding = await tryNumber(index);
  const told: Told = {
    ...finding,
    index,
    ms: performance.now() - began,
    peak: process.resourceUsage().maxRSS * 1024,
  };
  process.send?.(told);
}
process.disconnect?.();
