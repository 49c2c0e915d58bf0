import sharp from "sharp";
import type { Form, FormFile } from "../forms.ts";
import { openPicture, type Picture, PictureError } from "../pictures.ts";
import { type OpenAiModel, servedModels, sizeFault } from "./models.ts";
import { invalidImage, invalidValue, missing, noSuchModel, type OpenAiRefusal, unknownParameter } from "./refusals.ts";

/** An edit that keeps every documented rule. */
export interface Edit {
  model: OpenAiModel;
  prompt: string;
  photo: Picture;
  mask: Picture | undefined;
  n: number;
  /** px */
  width: number;
  height: number;
  quality: string;
  background: string;
  format: "png" | "jpeg" | "webp";
  stream: boolean;
  partials: number;
}

/** A rule that was broken. */
export class Refused extends Error {
  readonly refusal: OpenAiRefusal;

  constructor(refusal: OpenAiRefusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

const FIELDS = new Set([
  ...["model", "image", "image[]", "mask", "prompt", "n", "size", "quality", "background", "input_fidelity"],
  ...["output_format", "output_compression", "stream", "partial_images", "safety_identifier"],
]);
const MEBIBYTE = 1024 * 1024;

/**
 * Checks a form by the vendor's reference of `POST /v1/images/edits`.
 * @param now ms since the epoch: a model that has ended is not found
 * @throws Refused
 */
export async function readEdit(form: Form, now: number): Promise<Edit> {
  const unknown = form.names.find((name) => !FIELDS.has(name));
  if (unknown !== undefined) throw new Refused(unknownParameter(unknown));
  const repeated = form.names.find((name) => form.texts(name).length > 1);
  if (repeated !== undefined) throw new Refused(invalidValue(repeated, "a list", "a single value"));

  const model = readModel(form, now);
  const prompt = required(form, "prompt");
  if (prompt.length > 32_000) throw new Refused(invalidValue("prompt", "…", "texts of at most 32000 characters"));
  const photos = [...form.files("image"), ...form.files("image[]")];
  const [first] = photos;
  if (first === undefined) throw new Refused(missing("image"));
  if (photos.length > 16) throw new Refused(invalidValue("image", String(photos.length), "1 to 16 pictures"));
  const [photo] = await Promise.all([first, ...photos.slice(1)].map((file) => readPhoto(file)));
  if (photo === undefined) throw new Refused(missing("image"));

  const compression = form.text("output_compression");
  if (compression !== undefined) integer(form, "output_compression", { min: 0, max: 100, otherwise: 100 });
  const fidelity = form.text("input_fidelity");
  if (fidelity !== undefined && !model.fidelity.includes(fidelity)) {
    const allowed = model.fidelity.length === 0 ? `none for ${model.id}` : model.fidelity.join(", ");
    throw new Refused(invalidValue("input_fidelity", fidelity, allowed));
  }
  const backgrounds = model.transparency ? ["auto", "opaque", "transparent"] : ["auto", "opaque"];
  return {
    model,
    prompt,
    photo,
    mask: await readMask(form, photo),
    n: integer(form, "n", { min: 1, max: 10, otherwise: 1 }),
    ...readSize(form, model),
    quality: oneOf(form, "quality", ["auto", "low", "medium", "high"]),
    background: oneOf(form, "background", backgrounds),
    format: oneOf(form, "output_format", ["png", "jpeg", "webp"] as const),
    stream: oneOf(form, "stream", ["false", "true"]) === "true",
    partials: integer(form, "partial_images", { min: 0, max: 3, otherwise: 0 }),
  };
}

function readModel(form: Form, now: number): OpenAiModel {
  const id = required(form, "model");
  const model = servedModels(now).find((each) => each.id === id);
  if (model === undefined) throw new Refused(noSuchModel(id));
  return model;
}

function required(form: Form, name: string): string {
  const value = form.text(name) ?? "";
  if (value === "") throw new Refused(missing(name));
  return value;
}

/** The first of the values where there is none. */
function oneOf<Value extends string>(form: Form, name: string, values: readonly [Value, ...Value[]] | Value[]): Value {
  const given = form.text(name) ?? values[0];
  const value = values.find((each) => each === given);
  if (value === undefined) throw new Refused(invalidValue(name, String(given), values.join(", ")));
  return value;
}

function integer(form: Form, name: string, { min, max, otherwise }: { min: number; max: number; otherwise: number }) {
  const given = form.text(name) ?? String(otherwise);
  const value = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (!(value >= min && value <= max)) throw new Refused(invalidValue(name, given, `integers from ${min} to ${max}`));
  return value;
}

function readSize(form: Form, model: OpenAiModel): { width: number; height: number } {
  const size = form.text("size") ?? "auto";
  if (size === "auto") return { width: 1024, height: 1024 };
  const [, width = 0, height = 0] = (/^(\d{1,5})x(\d{1,5})$/.exec(size) ?? []).map(Number);
  const fault = sizeFault(model, width, height);
  if (fault !== undefined) throw new Refused(invalidValue("size", size, fault));
  return { width, height };
}

async function readPhoto({ type, bytes }: FormFile): Promise<Picture> {
  if (!["image/png", "image/jpeg", "image/webp"].includes(type)) {
    throw new Refused(invalidImage("image", `Invalid file 'image': unsupported mimetype ('${type}').`));
  }
  if (bytes.length >= 50 * MEBIBYTE) throw new Refused(invalidImage("image", "The image is 50 MB or larger."));
  return open(bytes, "image");
}

/** A PNG below 4 MB with an alpha channel, as large as the first photo. */
async function readMask(form: Form, photo: Picture): Promise<Picture | undefined> {
  const [file] = form.files("mask");
  if (file === undefined) return undefined;
  if (file.type !== "image/png") {
    throw new Refused(invalidImage("mask", `Invalid file 'mask': unsupported mimetype ('${file.type}').`));
  }
  if (file.bytes.length >= 4 * MEBIBYTE) throw new Refused(invalidImage("mask", "The mask is 4 MB or larger."));
  const mask = await open(file.bytes, "mask");
  const { format, hasAlpha } = await sharp(file.bytes).metadata();
  if (format !== "png" || !hasAlpha) {
    throw new Refused(invalidImage("mask", "Invalid mask image format - mask image missing alpha channel."));
  }
  if (mask.width !== photo.width || mask.height !== photo.height) {
    throw new Refused(invalidImage("mask", "Invalid mask image format - mask size does not match image size."));
  }
  return mask;
}

async function open(bytes: Uint8Array, name: string): Promise<Picture> {
  try {
    return await openPicture(bytes);
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    throw new Refused(invalidImage(name, "The image data you provided does not represent a valid image."));
  }
}
