import { type Catalogue, InfillError, type InpaintInput, once } from "@infill/core";
import * as z from "zod";
import { DEADLINE_SECONDS } from "../hold.ts";
import { MissingFields } from "./errors.ts";

/** `promptObject` as it was sent. */
export type PromptObject = Readonly<Record<string, unknown>>;

/** What a `promptObject` asks for, in Infill's words; pictures by their paths. */
export interface Wish {
  request: Omit<InpaintInput, "image" | "mask" | "model">;
  imageUrl: string;
  maskUrl: string;
  /** The most that each of the two may have. */
  maxBytes?: number;
  /** Pictures that options name: by Infill's name of the option, what the field is called and its paths. */
  references: Readonly<Record<string, { field: string; paths: readonly string[] }>>;
}

/** The model whose table and mask rule are unlike the others'. */
export const IDEOGRAM = "ideogram-3";
/** "Per-file maximum size: 10 MB", read as the larger megabyte. */
const MAX_IDEOGRAM_BYTES = 10 * 1024 * 1024;

const oneOf = <const T extends readonly string[]>(...values: T) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });
const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const text = (max = 32_000) =>
  z.string({ error: "must be text" }).min(1, "must not be empty").max(max, `must have at most ${max} characters`);
const paths = (max: number) => z.array(text(2_000)).max(max, `must name at most ${max} pictures`);

const FORMATS = ["png", "jpeg", "webp"] as const;
const SIZE = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/;

/** The tables of the platform's pages: a field that a model's does not list is ignored, as there. */
const TABLES = once(() => {
  const common = { imageUrl: text(2_000), maskUrl: text(2_000), prompt: text() };
  const size = z.string().regex(SIZE, "must be WIDTHxHEIGHT in px");
  const encoded = {
    output_format: oneOf(...FORMATS).default("png"),
    output_compression: whole(0, 100).default(85),
  };
  const gpt = { ...common, ...encoded, prompt: text(4_000) };
  const gpt1 = z.object({
    ...gpt,
    size: oneOf("1024x1024", "1024x1536", "1536x1024"),
    n: whole(1, 10),
    quality: oneOf("low", "medium", "high").default("medium"),
  });
  // beside the pictures and the prompt; what is one of several values is the model's record to judge
  const ideogram = {
    rendering_speed: text(100).optional(),
    magic_prompt: text(100).optional(),
    style_type: text(100).optional(),
    style_preset: text(100).optional(),
    style_reference_images: paths(5).optional(),
    character_reference_images: paths(1).optional(),
    negative_prompt: text().optional(),
    // spoken of in the exclusions alone
    transparent: z.literal(false, { error: "must be false: an edited photo keeps the transparency it has" }).optional(),
  };
  return {
    "stable-image": z.object({ ...common, output_format: oneOf("jpeg") }),
    "gpt-image-1-mini": gpt1,
    "gpt-image-1": gpt1,
    "gpt-image-2": z.object({ ...gpt, size, n: whole(1, 10).optional(), quality: oneOf("low", "medium", "high") }),
    [IDEOGRAM]: z.object({
      ...common,
      ...ideogram,
      num_images: whole(1, 8),
      seed: whole(0, 2_147_483_647).optional(),
    }),
    /** Any other model of Infill's, by its id: every field that some table lists. */
    other: z.object({
      ...common,
      ...ideogram,
      size: size.optional(),
      n: whole(1, 10).optional(),
      num_images: whole(1, 10).optional(),
      quality: text(32).optional(),
      output_format: oneOf(...FORMATS).optional(),
      output_compression: whole(0, 100).default(85),
      seed: whole(0, 4_294_967_295).optional(),
    }),
  };
});

/** What the tables have between them. */
interface Fields {
  imageUrl: string;
  maskUrl: string;
  prompt: string;
  size?: string | undefined;
  n?: number | undefined;
  num_images?: number | undefined;
  quality?: string | undefined;
  output_format?: (typeof FORMATS)[number] | undefined;
  output_compression?: number | undefined;
  rendering_speed?: string | undefined;
  magic_prompt?: string | undefined;
  style_type?: string | undefined;
  style_preset?: string | undefined;
  style_reference_images?: string[] | undefined;
  character_reference_images?: string[] | undefined;
  negative_prompt?: string | undefined;
  seed?: number | undefined;
  transparent?: false | undefined;
}

/**
 * Reads a `promptObject` by its model's table. Null and empty text ask for nothing.
 * @throws MissingFields, or InfillError `invalid_request` naming the field at fault and what it takes
 */
export function readWish(catalogue: Pick<Catalogue, "aliases">, model: string, promptObject: PromptObject): Wish {
  const tables = TABLES();
  const table: z.ZodType<Fields> = Object.hasOwn(tables, model) ? tables[model as keyof typeof tables] : tables.other;
  const given = Object.fromEntries(
    Object.entries(promptObject).filter(([, value]) => value !== null && value !== "" && value !== undefined),
  );
  const parsed = table.safeParse(given);
  if (!parsed.success) throw complaint(parsed.error.issues, given);
  const { imageUrl, maskUrl, ...fields } = parsed.data;
  if (fields.n !== undefined && fields.num_images !== undefined && fields.n !== fields.num_images)
    throw new InfillError("invalid_request", "n and num_images are the same here: send one", { pointer: "/n" });
  const { style_reference_images: styles, character_reference_images: characters } = fields;
  const named = (field: string, places: string[] | undefined) =>
    places === undefined || places.length === 0 ? undefined : { field, paths: places };
  const references = {
    styleReferenceImages: named("style_reference_images", styles),
    characterReferenceImages: named("character_reference_images", characters),
  };
  // whoever serves it, and by whichever name, it is that platform's model, and so is its mask
  const ideograms = [IDEOGRAM, ...(catalogue.aliases()[IDEOGRAM] ?? [])].includes(model);
  return {
    imageUrl,
    maskUrl,
    ...(ideograms ? { maxBytes: MAX_IDEOGRAM_BYTES } : {}),
    // "WHITE = keep, BLACK = edit (inverse of most other providers)"
    request: { ...toRequest(model, fields), edit: { maskConvention: ideograms ? "black" : "white" } },
    references: Object.fromEntries(
      Object.entries(references).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
  };
}

function complaint(issues: readonly z.core.$ZodIssue[], given: PromptObject): InfillError {
  const missing = issues.flatMap(({ path: [field] }) =>
    typeof field === "string" && given[field] === undefined ? [field] : [],
  );
  if (missing.length > 0) return new MissingFields(missing);
  const [first] = issues;
  const field = first?.path.join(".") ?? "";
  return new InfillError("invalid_request", `${field} ${first?.message}`, { pointer: `/${field}` });
}

function toRequest(model: string, fields: Omit<Fields, "imageUrl" | "maskUrl">): Wish["request"] {
  const {
    prompt,
    n,
    num_images,
    size,
    quality,
    output_format,
    output_compression = 85,
    negative_prompt,
    seed,
  } = fields;
  const [, width, height] = SIZE.exec(size ?? "") ?? [];
  const own = {
    renderingSpeed: fields.rendering_speed,
    magicPrompt: fields.magic_prompt,
    styleType: fields.style_type,
    stylePreset: fields.style_preset,
  };
  return {
    prompt,
    n: n ?? num_images ?? 1,
    deadlineSeconds: DEADLINE_SECONDS,
    providerOptions: Object.fromEntries(
      Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    ...(width === undefined ? {} : { size: { width: Number(width), height: Number(height) } }),
    ...(quality === undefined ? {} : { quality }),
    ...(output_format === undefined ? {} : { outputFormat: output_format }),
    // a png has nothing to compress away
    ...(output_format === undefined || output_format === "png" || model === "stable-image"
      ? {}
      : { outputQuality: Math.max(1, output_compression) }),
    ...(negative_prompt === undefined ? {} : { negativePrompt: negative_prompt }),
    ...(seed === undefined ? {} : { seed }),
  };
}
