import {
  checkPicture,
  type EditSettings,
  hasAlphaChannel,
  InfillError,
  MASK_CONVENTIONS,
  type OutputFormat,
  type Pixels,
  readImageHeader,
  type SizeRule,
} from "@infill/core";
import type { Random } from "../random.ts";
import { MUTATIONS } from "./mutate.ts";
import type { Seed, Seeds } from "./seeds.ts";

/** What the damaged picture stands for. */
export type Role = "photo" | "mask" | "answer";

export interface Trial {
  role: Role;
  seed: string;
  mutation: string;
  file: Uint8Array;
  /** `taken`, or the code it was refused with. */
  outcome: string;
  /** What should not have happened. */
  problem?: string;
}

/** Small, so that the time goes into the decoders. */
export const SIZES: SizeRule = { kind: "range", min: 64, max: 128, multipleOf: 8, preferred: 64 };
export const MASK_RULE = { convention: "white", soft: false } as const;
export const SETTINGS: EditSettings = { crop: "auto", feather: 2, grow: 1, maskConvention: "white" };

/** What a caller's picture, and what a provider's, may be refused with. */
export const REFUSALS: Record<Role, readonly string[]> = {
  photo: ["asset_invalid", "mask_mismatch"],
  mask: ["asset_invalid", "mask_mismatch"],
  answer: ["provider_rejected"],
};
const FORMATS: readonly OutputFormat[] = ["png", "jpeg", "webp"];

/** Damages one picture, and puts it through everything that an upload or an answer goes through. */
export async function tryOne(pixels: Pixels, seeds: Seeds, random: Random): Promise<Trial> {
  const seed = random.pick(seeds.list);
  const names = Object.keys(MUTATIONS);
  const chosen = random.below(8) === 0 ? [random.pick(names), random.pick(names)] : [random.pick(names)];
  let file = seed.file;
  for (const name of chosen) {
    if (file.length === 0) break;
    const other = random.pick(seeds.list).file;
    file = MUTATIONS[name]?.({ format: seed.format, file, other, random }) ?? file;
  }
  const role = random.pick<Role>(["photo", "photo", "photo", "mask", "mask", "answer"]);
  const trial = { role, seed: seed.name, mutation: chosen.join(", then "), file };
  return { ...trial, ...(await outcomeOf(() => run(pixels, seeds, seed, { role, file }, random), REFUSALS[role])) };
}

/** Whether it was taken, or how it was refused; whatever else was thrown is a problem. */
export async function outcomeOf(
  call: () => Promise<string | undefined>,
  refusals: readonly string[],
): Promise<Pick<Trial, "outcome" | "problem">> {
  try {
    const problem = await call();
    return { outcome: "taken", ...(problem === undefined ? {} : { problem }) };
  } catch (error) {
    if (error instanceof InfillError && refusals.includes(error.code)) return { outcome: error.code };
    const code = error instanceof InfillError ? error.code : "thrown";
    return { outcome: code, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** @returns what is wrong although it was taken */
async function run(
  pixels: Pixels,
  seeds: Seeds,
  seed: Seed,
  { role, file }: Pick<Trial, "role" | "file">,
  random: Random,
): Promise<string | undefined> {
  const edit = {
    image: role === "photo" ? file : seed.file,
    mask: role === "mask" ? file : seeds.maskFor(seed),
    settings: role === "mask" ? { ...SETTINGS, maskConvention: random.pick(MASK_CONVENTIONS) } : SETTINGS,
    sizes: SIZES,
    maskRule: MASK_RULE,
  };
  const sound = seed.name === "jpeg cmyk" ? { ...edit, image: seeds.maskFor(seed) } : edit;
  if (role === "answer") {
    const { plan, image: sent } = await pixels.prepare(sound);
    await pixels.finish({ ...sound, plan, sent, answer: file, outputFormat: "png" });
    return;
  }
  const known = role === "mask" ? { ...sound, mask: file } : edit;
  const header = readUpload(role, file, random);
  const { plan, image: sent } = await pixels.prepare(known);
  if (random.below(4) === 0)
    await pixels.finish({ ...known, plan, sent, answer: sent, outputFormat: random.pick(FORMATS) });
  // the price and the routes follow from the header, the work from the decoded picture
  const { upright, orientation } = header;
  if (role !== "photo" || orientation === undefined) return;
  if (upright.width === plan.photo.width && upright.height === plan.photo.height) return;
  return `its header says ${upright.width}×${upright.height}, decoded it is ${plan.photo.width}×${plan.photo.height}`;
}

/** As when a job is made: of the whole file, and of its start. */
function readUpload(purpose: "photo" | "mask", file: Uint8Array, random: Random) {
  hasAlphaChannel(file);
  try {
    readImageHeader(file.subarray(0, random.below(file.length + 1)), random.below(2) === 0);
  } catch (error) {
    if (!(error instanceof InfillError)) throw error;
  }
  return checkPicture({ purpose: purpose === "photo" ? "image" : "mask", bytes: file });
}
