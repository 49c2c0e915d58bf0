import * as z from "zod";
import { CONTENT_TYPES, MASK_CONVENTIONS, MAX_UPLOAD_BYTES, OUTPUT_FORMATS } from "./image.ts";
import { EVENT_TYPES } from "./ports.ts";
import { REPORT_REASONS } from "./reports.ts";

// What callers may send. Loaded when the first request is read, and zod with it: ten milliseconds that a process need
// not spend before its first answer.

/**
 * Control characters (but tab and line ends) and bidirectional overrides: never wanted in text that
 * a model, a log or a person reads.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const UNWANTED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

/** What a caller wrote: not empty, well-formed, NFC, of at most so many characters. */
export const writtenText = (max: number) =>
  z
    .string()
    .regex(/\S/, "must not be empty, nor white space alone; leave it out instead")
    .max(max, `must have at most ${max} characters`)
    .normalize("NFC")
    .refine((value) => !UNWANTED.test(value), "may not hold control or bidirectional override characters")
    .refine((value) => value.isWellFormed(), "is not well-formed Unicode");

/**
 * An end user's name, wherever one is given: the same name is the same user. Nobody can be asked for by `.` or
 * `..`, which fold away as the part of an address.
 */
export const userName = writtenText(128).refine((name) => name !== "." && name !== "..", 'may not be "." or ".."');

const id = (prefix: string, error = `must be an id that begins with ${prefix}_`) =>
  z.string().regex(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`), error);

const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const real = (min: number, max: number) => {
  const error = `must be a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
};

/** Entries of `metadata`. */
const MAX_METADATA = 16;

const NAMES = "must be a model's name, or a list of 1 to 5 of them";
const modelName = z.string().min(1, NAMES).max(100, "is no model's name: it has more than 100 characters");

const PHOTO =
  'must be the id of an upload (ast_…), or a result: {"job": "job_…", "result": 0}; nothing is fetched from an address';
/** The photo: an uploaded asset, or a result of an earlier job, so that edits can follow one another. */
const imageReference = z.union([id("ast", PHOTO), z.strictObject({ job: id("job"), result: whole(0, 9).default(0) })], {
  error: PHOTO,
});

const OWN_OPTION =
  "must be a text of at most 2000 characters, a number, true or false, or a list of at most 16 such texts";
const words = z.string().max(2000, OWN_OPTION);
/** Of a model alone: what each may be, its record says. */
const ownOptions = z.record(
  z.string().max(64),
  z.union([words, z.number(), z.boolean(), z.array(words).max(16, OWN_OPTION)], { error: OWN_OPTION }),
  {
    error: ({ code }) =>
      code === "invalid_key"
        ? "is no option's name: it has more than 64 characters"
        : "must be an object: options by name",
  },
);

/**
 * The canonical request. What a model cannot honour is refused later, by its record; what is wrong
 * for every model is refused here. Unknown fields are refused too: a typo must not cost money.
 */
export const inpaintRequest = z.strictObject({
  model: z
    .union([modelName, z.array(modelName).min(1, NAMES).max(5, NAMES)], { error: NAMES })
    .describe("A model's id or a short name, as GET /v1/models lists them; or several, to be tried in this order"),
  operation: z.enum(["replace", "erase"]).default("replace"),
  image: imageReference.describe("The photo: an upload's id, or a result of an earlier job"),
  mask: id("ast").describe("The mask: an upload's id"),
  user: userName.optional().describe("Your app's end user"),
  prompt: writtenText(32_000).optional().describe("What is to be there instead"),
  negativePrompt: writtenText(32_000).optional(),
  n: whole(1, 10).default(1).describe("How many results"),
  size: z
    .strictObject({ width: whole(16, 8192), height: whole(16, 8192) })
    .optional()
    .describe("The size the model works at, px; the result always keeps the photo's own"),
  seed: whole(0, 4_294_967_295).optional(),
  strength: real(0, 1).optional(),
  guidanceScale: real(0, 100).optional(),
  steps: whole(1, 500).optional(),
  quality: z.string().min(1).max(32).optional().describe("The model's own quality level"),
  outputFormat: z.enum(OUTPUT_FORMATS).optional().describe("Defaults to the photo's own format"),
  outputQuality: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe("Of the encoder: jpeg 95 by default, webp lossless by default"),
  edit: z
    .strictObject({
      crop: z.enum(["auto", "off"]).default("auto"),
      padding: whole(0, 8192).optional().describe("Context around the mask, px"),
      feather: whole(0, 512).optional().describe("Soft ramp outside the mask, px"),
      grow: whole(0, 512).optional().describe("Dilation of the mask, px"),
      maskConvention: z.enum(MASK_CONVENTIONS).default("white"),
    })
    .prefault({}),
  deadlineSeconds: whole(30, 21_600).default(900).describe("The job is given up after this long"),
  providerOptions: ownOptions.default({}).describe("Options of this model alone; uploads of yours are named by id"),
  fallback: z
    .strictObject({
      dropOptions: z.boolean().default(false).describe("Go without the options that a further model cannot honour"),
    })
    .optional(),
  webhook: z
    .url({ protocol: /^https?$/, error: "must be an https URL (http for localhost, on a local stack)" })
    .max(2048)
    .optional()
    .describe("Told when the job ends"),
  metadata: z
    .record(z.string().min(1).max(64), z.string().max(512))
    .refine((value) => Object.keys(value).length <= MAX_METADATA, `holds at most ${MAX_METADATA} entries`)
    .default({})
    .meta({ description: "Kept with the job, and shown with it", maxProperties: MAX_METADATA }),
});

/** The same without its pictures, which an estimate does not need. */
export const estimateRequest = inpaintRequest.partial({ image: true, mask: true });

export type InpaintRequest = z.output<typeof inpaintRequest>;
/** What a caller sends: defaults left out. */
export type InpaintInput = z.input<typeof inpaintRequest>;

/** One upload, as a caller asks for it. */
export const uploadInput = z.strictObject({
  purpose: z.enum(["image", "mask"]).default("image"),
  contentType: z
    .string()
    .max(100)
    .describe(`One of ${CONTENT_TYPES.join(", ")}`),
  contentLength: z
    .int()
    .min(1)
    .max(MAX_UPLOAD_BYTES, `must be at most ${MAX_UPLOAD_BYTES} bytes (30 MiB)`)
    .describe("Bytes, exactly"),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be the content's SHA-256 in 64 lower-case hex digits")
    .optional()
    .describe("Of the content: other bytes are refused"),
  user: userName.optional().describe("Your app's end user"),
});

/** Several uploads at once. */
export const uploadsInput = z.strictObject({ uploads: z.array(uploadInput).min(1).max(10) });

/** What a report says. */
export const reportInput = z.strictObject({
  reason: z.enum(REPORT_REASONS).describe("What is wrong with what the job shows"),
  text: writtenText(500)
    .refine((value) => !/\p{Cc}/u.test(value), "may not hold control characters, line ends included")
    .optional()
    .describe("In somebody's own words. It is in no log"),
});

/** What is registered. */
export const endpointInput = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: "must be an https URL (http for localhost, on a local stack)" })
    .max(2048)
    .describe("Told of the end of every job of the tenant's"),
  types: z
    .array(z.enum(EVENT_TYPES))
    .min(1)
    .max(EVENT_TYPES.length)
    .transform((types) => EVENT_TYPES.filter((type) => types.includes(type)))
    .optional()
    .describe("Of these alone; of every one without it"),
});

export type EndpointInput = z.output<typeof endpointInput>;

/** How a signing secret is replaced. */
export const rotationInput = z.strictObject({
  overlapSeconds: z
    .int()
    .min(0)
    .max(7 * 86_400)
    .default(86_400)
    .describe("How long the secret of before signs beside the new one; 0 after a leak"),
});
