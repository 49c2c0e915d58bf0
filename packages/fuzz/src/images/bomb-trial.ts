import type { Pixels } from "@infill/core";
import type { Bomb } from "./bombs/index.ts";
import type { Seeds } from "./seeds.ts";
import { MASK_RULE, outcomeOf, REFUSALS, SETTINGS, SIZES } from "./trial.ts";

export interface BombTrial {
  name: string;
  bytes: number;
  stopped: Bomb["stopped"];
  /** `taken`, or the code it was refused with. */
  outcome: string;
  /** CPU time, ms. */
  cost: number;
  /** What should not have happened. */
  problem?: string;
}

const prepare = (pixels: Pixels, image: Uint8Array, mask: Uint8Array, signal?: AbortSignal) =>
  pixels.prepare({
    image,
    mask,
    settings: SETTINGS,
    sizes: SIZES,
    maskRule: MASK_RULE,
    ...(signal === undefined ? {} : { signal }),
  });

/**
 * Prepares a bomb, as a photo and as its own mask. One that is stopped by its header is prepared by a caller
 * who gave up already: between the headers and the decoders that would be noticed.
 */
export async function tryBomb(pixels: Pixels, { name, make, stopped }: Bomb): Promise<BombTrial> {
  const file = make();
  const atHeader = stopped === "header";
  const before = process.cpuUsage();
  const result = await outcomeOf(async () => {
    await prepare(pixels, file, file, atHeader ? AbortSignal.abort() : undefined);
    return atHeader ? "it was decoded" : undefined;
  }, REFUSALS.photo);
  return { name, bytes: file.length, stopped, cost: since(before), ...result };
}

/** What preparing a sound photo with its mask costs: CPU time, ms. */
export async function costOfSound(pixels: Pixels, { list: [photo], maskFor }: Seeds): Promise<number> {
  if (photo === undefined) throw new Error("there is no picture");
  const before = process.cpuUsage();
  await prepare(pixels, photo.file, maskFor(photo));
  return since(before);
}

function since(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
