import { type ImageHeader, InfillError, type InpaintInput, parseInput, type Violation } from "@infill/core";
import * as z from "zod";
import { DEADLINE_SECONDS } from "../hold.ts";

const oneOf = <const T extends readonly string[]>(...values: T) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });
const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const text = z.string({ error: "is required, as text" });

/** The parameters of an edit; a default and a null count as left out. */
const parameters = z.strictObject({
  model: text,
  prompt: text,
  n: whole(1, 10).default(1),
  size: z
    .string()
    .regex(/^(auto|[1-9]\d{0,4}x[1-9]\d{0,4})$/, "must be auto, or WIDTHxHEIGHT in px")
    .default("auto"),
  quality: z.string().default("auto"),
  background: oneOf("auto", "opaque", "transparent").default("auto"),
  output_format: oneOf("png", "jpeg", "webp").default("png"),
  output_compression: whole(0, 100).default(100),
  input_fidelity: oneOf("low", "high").default("low"),
  moderation: oneOf("auto", "low").default("auto"),
  response_format: oneOf("b64_json", "url").default("b64_json"),
  stream: z.boolean({ error: "must be true or false" }).default(false),
  partial_images: whole(0, 3).default(0),
  user: z.string().default(""),
  safety_identifier: z.string().default(""),
});
export type Parameters = z.output<typeof parameters>;

/** @throws InfillError `invalid_request` naming every parameter at fault, and what is none */
export const readParameters = (fields: Record<string, unknown>): Parameters => parseInput(parameters, fields);

/** What is known of the first image: of one that was uploaded before, not whether it has an alpha channel. */
export interface Photo {
  header: ImageHeader;
  alpha: boolean | undefined;
}

/**
 * The same in Infill's words. What no model here can honour is refused, never dropped; values that ask
 * for nothing special are not passed on.
 * @throws InfillError `unsupported_option` naming every parameter at fault and what is possible
 */
export function toRequest(given: Parameters, photo: Photo): Omit<InpaintInput, "image" | "mask"> {
  const errors: Violation[] = [];
  const refuse = (name: keyof Parameters, detail: string) => errors.push({ pointer: `/${name}`, detail });

  const sizes = sizesOf(photo.header);
  if (given.size !== "auto" && !sizes.includes(given.size))
    refuse("size", `an edited photo keeps its own size: leave size out, or send auto or ${sizes.join(" or ")}`);
  if (given.background === "transparent")
    refuse("background", "an edited photo keeps the transparency it has: leave background out, or send auto");
  if (given.background === "opaque" && photo.alpha !== false && given.output_format !== "jpeg")
    refuse("background", "this photo may be transparent, and stays so: leave background out, or ask for jpeg");
  if (given.input_fidelity === "high")
    refuse("input_fidelity", "outside the mask every pixel is the photo's own; inside there is no such setting");
  if (given.moderation === "low") refuse("moderation", "moderation is the model's own; leave it out, or send auto");
  if (given.response_format === "url")
    refuse("response_format", "answers hold the picture itself, as those of GPT image models do: b64_json");
  if (given.partial_images > 0 && !given.stream) refuse("partial_images", "needs stream: true");
  if (given.output_compression === 0) refuse("output_compression", "must be from 1 to 100 here");
  if (given.output_compression < 100 && given.output_format === "png")
    refuse("output_compression", "png is lossless: ask for jpeg or webp, or leave it out");
  const [first] = errors;
  if (first) {
    const { pointer } = first;
    throw new InfillError("unsupported_option", `${pointer}: ${first.detail}`, { pointer, errors });
  }

  // 100 is the default: for png and webp it means lossless, which is ours, too
  const tuned = given.output_format === "jpeg" || given.output_compression < 100;
  const user = given.safety_identifier || given.user;
  return {
    model: given.model,
    prompt: given.prompt,
    n: given.n,
    outputFormat: given.output_format,
    edit: { maskConvention: "alpha" },
    deadlineSeconds: DEADLINE_SECONDS,
    ...(given.quality === "auto" ? {} : { quality: given.quality }),
    ...(tuned ? { outputQuality: given.output_compression } : {}),
    ...(user === "" ? {} : { user }),
  };
}

/** The sizes the upright photo may have: two while its orientation stands behind what was read. */
function sizesOf({ upright, stored, orientation }: ImageHeader): string[] {
  const named = ({ width, height }: { width: number; height: number }) => `${width}x${height}`;
  const turned = { width: stored.height, height: stored.width };
  return orientation === undefined ? [...new Set([named(stored), named(turned)])] : [named(upright)];
}
