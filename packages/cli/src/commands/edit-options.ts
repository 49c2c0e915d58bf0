import type { MaskConvention } from "@infill/core";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { InpaintBody } from "../api/types.ts";
import type { ApiFlags } from "../context.ts";
import type { Format } from "../output/files.ts";

/** The flags of `infill edit`, parsed. */
export interface EditFlags extends ApiFlags {
  mask: string;
  prompt?: string;
  erase?: true;
  model?: string;
  out?: string;
  force?: true;
  n?: number;
  seed?: number;
  strength?: number;
  steps?: number;
  guidanceScale?: number;
  negativePrompt?: string;
  quality?: string;
  size?: { width: number; height: number };
  format?: Format;
  outputQuality?: number;
  grow?: number;
  feather?: number;
  padding?: number;
  crop: boolean;
  maskConvention?: MaskConvention;
  deadline?: number;
  providerOption?: Record<string, string | number | boolean>;
  webhook?: string;
  metadata?: Record<string, string>;
  user?: string;
  idempotencyKey?: string;
  quiet?: true;
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number.");
  return value;
}

function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

function size(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d{1,5})[x×](\d{1,5})$/i.exec(text) ?? [];
  if (width === undefined) throw new InvalidArgumentError("It must be WIDTHxHEIGHT in px, such as 1024x768.");
  return { width: Number(width), height: Number(height) };
}

function pair(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be NAME=VALUE.");
  return [text.slice(0, at), text.slice(at + 1)];
}

/** `true`, `7` and `"7"` are what they are in JSON; anything else is text. */
function typed(text: string): string | number | boolean {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  } catch {
    // text
  }
  return text;
}

const collect =
  <T>(read: (text: string) => T) =>
  (text: string, earlier: Record<string, T> = {}): Record<string, T> => {
    const [name, value] = pair(text);
    return { ...earlier, [name]: read(value) };
  };

/** Adds the flags to the command. What a value may be beyond its type is the model's to say, not ours. */
export function withEditOptions(command: Command): Command {
  return command
    .requiredOption("-m, --mask <mask>", "mask: a picture of the photo's size or aspect, or an upload's id (ast_…)")
    .option("-p, --prompt <text>", "what to paint into the mask")
    .option("--erase", "remove what is in the mask")
    .option(
      "--model <id,…>",
      "one, or several to be tried in turn; default: local/fill if it can, else the first that can",
    )
    .option("-o, --out <path>", "where the result goes; its extension decides the format")
    .option("--force", "replace --out if it exists")
    .option("--n <count>", "how many results", whole)
    .addOption(new Option("--format <format>", "default: the photo's own").choices(["png", "jpeg", "webp"]))
    .option("--output-quality <1-100>", "of the jpeg (default 95) or webp (default lossless)", whole)
    .optionsGroup("The model:")
    .option("--negative-prompt <text>", "what to avoid")
    .option("--seed <number>", "same seed, same picture, where the model can", whole)
    .option("--strength <0-1>", "how far from the photo", number)
    .option("--steps <count>", "denoising steps", whole)
    .option("--guidance-scale <number>", "how closely to follow the prompt", number)
    .option("--quality <level>", "the model's own quality level")
    .option("--size <WxH>", "size the model works at, px; the result keeps the photo's", size)
    .option("--provider-option <name=value>", "an option of this model alone; may be repeated", collect(typed))
    .optionsGroup("The mask:")
    .option("--grow <px>", "widen the mask", whole)
    .option("--feather <px>", "soft ramp outside the mask", whole)
    .option("--padding <px>", "context to keep around the mask when cropping", whole)
    .option("--no-crop", "send the whole photo instead of the part around the mask")
    .addOption(
      new Option(
        "--mask-convention <name>",
        "what says 'edit here': white, black, transparent or painted pixels",
      ).choices(["white", "black", "alpha", "painted"]),
    )
    .optionsGroup("The job:")
    .option("--deadline <seconds>", "give up after (default 900)", whole)
    .option("--webhook <url>", "is told when the job ends")
    .option("--metadata <name=value>", "kept with the job; may be repeated", collect(String))
    .option("--user <id>", "your app's end user")
    .option("--idempotency-key <key>", "the same key and request (with ast_… ids) join the same job")
    .optionsGroup("Output:")
    .option("--json", "print one JSON document {job, files, uploadMs} or {error}")
    .option("--quiet", "print the result's path and nothing else");
}

/** Without the members that are `undefined`: the server tells absent from given. */
const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** The flags as the API's request. */
export function inpaintBody(
  flags: EditFlags,
  picks: { model: InpaintBody["model"]; image: InpaintBody["image"]; mask: string; outputFormat: Format | undefined },
): InpaintBody {
  const { grow, feather, padding, maskConvention } = flags;
  const edit = given({ grow, feather, padding, maskConvention, crop: flags.crop ? undefined : ("off" as const) });
  return {
    model: picks.model,
    operation: flags.erase ? "erase" : "replace",
    image: picks.image,
    mask: picks.mask,
    ...given({
      prompt: flags.prompt,
      negativePrompt: flags.negativePrompt,
      n: flags.n,
      size: flags.size,
      seed: flags.seed,
      strength: flags.strength,
      guidanceScale: flags.guidanceScale,
      steps: flags.steps,
      quality: flags.quality,
      outputFormat: picks.outputFormat,
      outputQuality: flags.outputQuality,
      deadlineSeconds: flags.deadline,
      providerOptions: flags.providerOption,
      webhook: flags.webhook,
      metadata: flags.metadata,
      user: flags.user,
      edit: Object.keys(edit).length > 0 ? edit : undefined,
    }),
  };
}
