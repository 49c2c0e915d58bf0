import { InfillError, type InpaintInput, type ModelRecord, type WebhookFormat } from "@infill/core";
import { DEADLINE_SECONDS } from "../hold.ts";
import { FieldProblems, fieldReader } from "./fields.ts";

/** The endpoint names no model; `model_id` may. */
const DEFAULT_MODEL = "modelslab/inpaint";

/** What ModelsLab does when it is told nothing: of a model without such a setting this asks for nothing. */
const DEFAULTS = { strength: 0.7, guidanceScale: 5, steps: 30 } as const;
const OWN_DEFAULTS = { safetyChecker: false, enhancePrompt: true } as const;

/** A submit, read. */
export interface Submit {
  model: string;
  initImage: string;
  maskImage: string;
  /** Whether pictures come, and go, as base64. */
  base64: boolean;
  instant: boolean;
  webhookFormat: WebhookFormat | undefined;
  /** As far as `model`, which is looked up in between, takes it. */
  requestFor(model: ModelRecord): Omit<InpaintInput, "image" | "mask">;
}

/** Reads a submit's body. @throws FieldProblems naming every field at fault */
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
  const own = { safetyChecker: read.flag("safety_checker"), enhancePrompt: read.flag("enhance_prompt") };
  const n = read.number("samples", { min: 1, max: 10 }) ?? 1;
  const [base64, instant] = [read.flag("base64") ?? false, read.flag("instant_response") ?? false];
  const trackId = read.given("track_id") ?? null;
  if (trackId !== null && typeof trackId !== "string" && typeof trackId !== "number")
    read.complain("track_id", "The track id must be an integer or a string.");
  if (Object.keys(read.problems).length > 0) throw new FieldProblems(read.problems);

  return {
    model: read.text("model_id") ?? DEFAULT_MODEL,
    initImage,
    maskImage,
    base64,
    instant,
    webhookFormat:
      webhook === undefined ? undefined : { format: "modelslab", trackId: trackId as WebhookFormat["trackId"] },
    requestFor: (model) => ({
      model: model.id,
      prompt,
      n,
      deadlineSeconds: DEADLINE_SECONDS,
      outputFormat: "png",
      ...wanted(canonical, DEFAULTS, model.options),
      providerOptions: wanted(own, OWN_DEFAULTS, model.providerOptions),
      ...(width !== undefined && height !== undefined && model.options.size ? { size: { width, height } } : {}),
      ...(negativePrompt === undefined ? {} : { negativePrompt }),
      ...(seed === undefined ? {} : { seed }),
      ...(webhook === undefined ? {} : { webhook }),
    }),
  };
}

/** What was set, without what asks a model for nothing that has no such setting. */
const wanted = <T extends number | boolean>(
  given: Readonly<Record<string, T | undefined>>,
  defaults: Readonly<Record<string, T>>,
  taken: Readonly<Record<string, unknown>>,
): Record<string, T> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value === undefined || (value === defaults[name] && !(name in taken)) ? [] : [[name, value]],
    ),
  );

/** A picture in base64, bare or as a data URI. @throws FieldProblems for anything else */
export function decodePicture(field: string, text: string): Uint8Array {
  const bare = text.replace(/^data:image\/[a-z+]{1,20};base64,/i, "").replace(/\s+/g, "");
  if (bare !== "" && bare.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(bare)) return Buffer.from(bare, "base64");
  throw new FieldProblems({ [field]: [`The ${field.replace("_", " ")} must be a valid base64 string.`] });
}

/** @throws FieldProblems for what is no http(s) address */
export function checkAddress(field: string, text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === "https:" || url?.protocol === "http:") return text;
  throw new FieldProblems({ [field]: [`The ${field.replace("_", " ")} must be a valid URL.`] });
}

/** @throws InfillError for a body that is no JSON object */
export function objectOf(body: unknown): Record<string, unknown> {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return { ...body };
  throw new InfillError("invalid_request", "The body must be a JSON object");
}
