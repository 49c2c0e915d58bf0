import {
  type Caller,
  describeSizes,
  InfillError,
  type InpaintInput,
  MOST_LISTED,
  type ModelRecord,
  type Size,
  type SizeRule,
  sideLimits,
  sizeAllowed,
  type WebhookFormat,
} from "@infill/core";
import { DEADLINE_SECONDS } from "../hold.ts";
import { FieldProblems, fieldReader, isOff } from "./fields.ts";

/** The endpoint names no model; `model_id` may. */
const DEFAULT_MODEL = "modelslab/inpaint";

/** What ModelsLab does when it is told nothing: of a model without such a setting this asks for nothing. */
const DEFAULTS = { strength: 0.7, guidanceScale: 5, steps: 30 } as const;
const DEFAULT_SIDE = 512;

const FIELDS = new Set([
  ...["key", "model_id", "prompt", "negative_prompt", "init_image", "mask_image", "width", "height", "samples"],
  ...["num_inference_steps", "safety_checker", "enhance_prompt", "guidance_scale", "strength", "instant_response"],
  ...["base64", "seed", "webhook", "track_id"],
]);

/** Characters: it is kept with the job, and comes back with every answer. */
const MAX_TRACK_ID = 255;

/** A submit, read. */
export interface Submit {
  model: string;
  initImage: string;
  maskImage: string;
  /** Whether pictures go as base64, and may come so. */
  base64: boolean;
  instant: boolean;
  /** Of the webhook, where one is to be told. */
  trackId: WebhookFormat["trackId"] | undefined;
  /** As far as `model`, which is looked up in between, takes it. @throws FieldProblems for what it cannot honour */
  requestFor(model: ModelRecord, caller: Pick<Caller, "token">): Omit<InpaintInput, "image" | "mask">;
}

/** Reads a submit's body. @throws FieldProblems naming every field at fault, and what is none */
export function readSubmit(body: Readonly<Record<string, unknown>>): Submit {
  const read = fieldReader(body);
  const side = (name: "width" | "height") => read.number(name, { min: 16, max: 8192 });
  const [width, height] = [side("width"), side("height")];
  const prompt = read.required("prompt");
  const initImage = read.required("init_image");
  const maskImage = read.required("mask_image");
  const negativePrompt = read.text("negative_prompt");
  const webhook = read.text("webhook");
  const seed = read.number("seed", { min: 0, max: 4_294_967_295 });
  const canonical = {
    strength: read.number("strength", { min: 0, max: 1, whole: false }),
    guidanceScale: read.number("guidance_scale", { min: 0, max: 100, whole: false }),
    steps: read.number("num_inference_steps", { min: 1, max: 500 }),
  };
  const [safetyChecker, enhancePrompt] = [read.flag("safety_checker"), read.flag("enhance_prompt")];
  const n = read.number("samples", { min: 1, max: 10 }) ?? 1;
  const [base64, instant] = [read.flag("base64") ?? false, read.flag("instant_response") ?? false];
  const model = read.text("model_id") ?? DEFAULT_MODEL;
  const trackId = body["track_id"] ?? null;
  if (trackId !== null && typeof trackId !== "string" && typeof trackId !== "number")
    read.complain("track_id", "The track id must be an integer or a string.");
  if (typeof trackId === "string" && trackId.length > MAX_TRACK_ID)
    read.complain("track_id", `The track id may not be greater than ${MAX_TRACK_ID} characters.`);
  // what is switched off elsewhere is off here, too
  const unknown = Object.keys(body).filter(
    (name) => !FIELDS.has(name) && read.given(name) !== undefined && !isOff(body[name]),
  );
  for (const name of unknown.slice(0, MOST_LISTED)) read.complain(name, `The ${name} field is not known here.`);
  const [unlisted, ...more] = unknown.slice(MOST_LISTED);
  if (unlisted !== undefined) read.complain(unlisted, `This field is not known here, and ${more.length} more.`);
  if (Object.keys(read.problems).length > 0) throw new FieldProblems(read.problems);

  return {
    model,
    initImage,
    maskImage,
    base64,
    instant,
    trackId: webhook === undefined ? undefined : (trackId as WebhookFormat["trackId"]),
    requestFor: (record, caller) => ({
      model,
      prompt,
      n,
      deadlineSeconds: DEADLINE_SECONDS,
      outputFormat: "png",
      ...optionsFor(record, canonical),
      ...sizeFor(record, width, height),
      providerOptions: { ...safetyFor(record, caller, safetyChecker), ...enhancingFor(record, enhancePrompt) },
      ...(negativePrompt === undefined ? {} : { negativePrompt }),
      ...(seed === undefined ? {} : { seed }),
      ...(webhook === undefined ? {} : { webhook }),
    }),
  };
}

/** What was set, without what asks a model for nothing that has no such setting. */
function optionsFor({ options }: ModelRecord, given: Readonly<Record<keyof typeof DEFAULTS, number | undefined>>) {
  const names = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[];
  const kept = names.filter(
    (name) => given[name] !== undefined && (given[name] !== DEFAULTS[name] || options[name] !== undefined),
  );
  return Object.fromEntries(kept.map((name) => [name, given[name]]));
}

/** The size to work at: the default is no matter to a model that cannot, any other size is refused by it. */
function sizeFor({ id, options, sizes }: ModelRecord, width?: number, height?: number): { size?: Size } {
  if (width === undefined && height === undefined) return {};
  const size = { width: width ?? DEFAULT_SIDE, height: height ?? DEFAULT_SIDE };
  if (options.size && sizeAllowed(sizes, size)) return { size };
  if (size.width === DEFAULT_SIDE && size.height === DEFAULT_SIDE) return {};
  if (options.size) throw new FieldProblems(sizeProblems(sizes, size));
  throw new FieldProblems({ width: [`${id} works at a size of its own; leave width and height out`] });
}

/** In ModelsLab's words, as far as it has any. */
function sizeProblems(rule: SizeRule, size: Size): Record<string, string[]> {
  const sides = (["width", "height"] as const).flatMap((name) => {
    if (rule.kind === "list") return [];
    const { least, most } = sideLimits(rule);
    if (size[name] < least || size[name] > most) return [[name, [`${name} must be between ${least} and ${most}`]]];
    return size[name] % rule.multipleOf === 0 ? [] : [[name, [`${name} must be divisible by ${rule.multipleOf}`]]];
  });
  return sides.length > 0 ? Object.fromEntries(sides) : { width: [`width and height: ${describeSizes(rule)}`] };
}

/** In ModelsLab's format nobody checks unless asked to; a token may not have it so, and what it leaves out is yes. */
function safetyFor({ id, providerOptions }: ModelRecord, { token }: Pick<Caller, "token">, given: boolean | undefined) {
  const safetyChecker = given ?? token !== undefined;
  if ("safetyChecker" in providerOptions) return { safetyChecker };
  if (!given) return {};
  throw new FieldProblems({ safety_checker: [`${id} has no safety checker that can be asked for; send no`] });
}

/** Who rewrites prompts is told what was asked for; who does not has nothing to leave. */
function enhancingFor({ providerOptions }: ModelRecord, enhancePrompt: boolean | undefined) {
  if (enhancePrompt === undefined) return {};
  if ("enhancePrompt" in providerOptions) return { enhancePrompt };
  if (enhancePrompt) return {};
  if ("magicPrompt" in providerOptions) return { magicPrompt: "OFF" };
  return "promptUpsampling" in providerOptions ? { promptUpsampling: false } : {};
}

/** A picture in base64, bare or as a data URI. @throws FieldProblems for anything else */
export function decodePicture(field: string, text: string): Uint8Array {
  const bare = text.replace(/^data:image\/[a-z+]{1,20};base64,/i, "").replace(/\s+/g, "");
  if (bare !== "" && bare.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(bare)) return Buffer.from(bare, "base64");
  throw new FieldProblems({ [field]: [`The ${field.replace("_", " ")} must be a valid base64 string.`] });
}

/** Whether it is an http(s) address: never base64, which has no colon. */
export const isAddress = (text: string): boolean => /^https?:$/.test(URL.parse(text)?.protocol ?? "");

/** @throws InfillError for a body that is no JSON object */
export function objectOf(body: unknown): Record<string, unknown> {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return { ...body };
  throw new InfillError("invalid_request", "The body must be a JSON object");
}
