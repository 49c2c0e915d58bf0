import { InfillError, type InpaintInput, once } from "@infill/core";
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
  /** Paths of pictures that options name, by Infill's name of the option. */
  references: Readonly<Record<string, readonly string[]>>;
}

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

const pictures = { imageUrl: text(2_000), maskUrl: text(2_000) };

/** The tables of the platform's pages: a field that none lists is ignored, as there. */
const TABLES = once(() => ({
  "stable-image": z.object({ ...pictures, prompt: text(), output_format: oneOf("jpeg") }),
  "gpt-image-1-mini": z.object({
    ...pictures,
    prompt: text(4_000),
    size: oneOf("1024x1024", "1024x1536", "1536x1024"),
    n: whole(1, 10),
    quality: oneOf("low", "medium", "high").default("medium"),
    output_format: oneOf(...FORMATS).default("png"),
    output_compression: whole(0, 100).default(85),
  }),
  "ideogram-3": z.object({
    ...pictures,
    prompt: text(),
    num_images: whole(1, 8),
    rendering_speed: oneOf("FLASH", "TURBO", "DEFAULT", "QUALITY").optional(),
    magic_prompt: oneOf("AUTO", "ON", "OFF").optional(),
    style_type: oneOf("AUTO", "GENERAL", "REALISTIC", "DESIGN", "FICTION").optional(),
    style_preset: text(100).optional(),
    style_reference_images: paths(5).optional(),
    character_reference_images: paths(1).optional(),
    negative_prompt: text().optional(),
    seed: whole(0, 2_147_483_647).optional(),
  }),
  /** Any other model of Infill's, by its id. */
  other: z.object({
    ...pictures,
    prompt: text(),
    size: z.string().regex(SIZE, "must be WIDTHxHEIGHT in px").optional(),
    n: whole(1, 10).optional(),
    num_images: whole(1, 10).optional(),
    quality: text(32).optional(),
    output_format: oneOf(...FORMATS).optional(),
    output_compression: whole(0, 100).default(85),
    negative_prompt: text().optional(),
    seed: whole(0, 4_294_967_295).optional(),
  }),
}));

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
}

/**
 * Reads a `promptObject` by its model's table.
 * @throws MissingFields, or InfillError `invalid_request` naming the field at fault and what it takes
 */
export function readWish(model: string, promptObject: unknown): Wish {
  const tables = TABLES();
  const table: z.ZodType<Fields> = Object.hasOwn(tables, model) ? tables[model as keyof typeof tables] : tables.other;
  const parsed = table.safeParse(promptObject);
  if (!parsed.success) throw complaint(parsed.error.issues, promptObject);
  const { imageUrl, maskUrl, ...fields } = parsed.data;
  const { style_reference_images: styles, character_reference_images: characters } = fields;
  return {
    imageUrl,
    maskUrl,
    request: toRequest(model, fields),
    references: {
      ...(styles === undefined ? {} : { styleReferenceImages: styles }),
      ...(characters === undefined ? {} : { characterReferenceImages: characters }),
    },
  };
}

function complaint(issues: readonly z.core.$ZodIssue[], given: unknown): InfillError {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return new MissingFields(["promptObject"]);
  const missing = issues.flatMap(({ path: [field] }) =>
    typeof field === "string" && (given as PromptObject)[field] === undefined ? [field] : [],
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
    // "WHITE = keep, BLACK = edit (inverse of most other providers)"
    edit: { maskConvention: model === "ideogram-3" ? "black" : "white" },
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
