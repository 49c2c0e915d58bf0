import sharp from "sharp";
import type { Form, FormFile } from "../forms.ts";
import { openPicture, type Picture, PictureError } from "../pictures.ts";
import { COLOR_PALETTES, MAGIC_PROMPTS, RENDERING_SPEEDS, STYLE_PRESETS, STYLE_TYPES } from "./values.ts";

/** A request that keeps the rules. */
export interface InpaintRequest {
  prompt: string;
  photo: Picture;
  mask: Picture;
  count: number;
  seed: number | undefined;
  styleType: string;
  /** Whether the prompt is to be reworded. */
  magic: boolean;
  /** Everything that was sent, by the vendor's names: lists as lists, of a file its name, type and bytes. */
  fields: Record<string, unknown>;
}

/** What is wrong with a request: answered with 400. */
export class InvalidInput extends Error {}

/** Of the image, the mask, and all references of one kind. */
const MAX_BYTES = 10_000_000;
const MAX_SEED = 2_147_483_647;

const FILE_FIELDS = ["style_reference_images", "character_reference_images", "character_reference_images_mask"];
const FIELDS = new Set([
  "image",
  "mask",
  "prompt",
  "magic_prompt",
  "num_images",
  "seed",
  "rendering_speed",
  "style_type",
  "style_preset",
  "color_palette",
  "style_codes",
  ...FILE_FIELDS,
]);
/** Sent once for each item. */
const LISTS = new Set(["style_codes", ...FILE_FIELDS]);

/**
 * Checks a form by the reference of `POST /v1/ideogram-v3/inpaint`; what that leaves open, by the same model's
 * table at 1min.ai. An empty text means "not given".
 * @throws InvalidInput
 */
export async function readInpaint(form: Form): Promise<InpaintRequest> {
  for (const name of form.names) {
    if (!FIELDS.has(name)) throw new InvalidInput(`Unknown field ${name}`);
    if (!LISTS.has(name) && form.texts(name).length + form.files(name).length > 1)
      throw new InvalidInput(`${name} must be given once`);
  }
  const given = (name: string) => form.text(name) || undefined;
  const oneOf = (name: string, values: readonly string[]) => {
    const value = given(name);
    if (value !== undefined && !values.includes(value))
      throw new InvalidInput(`${name} must be one of ${values.join(", ")}`);
    return value;
  };
  const integer = (name: string, min: number, max: number) => {
    const value = given(name);
    if (value === undefined) return undefined;
    if (!/^\d+$/.test(value) || Number(value) < min || Number(value) > max)
      throw new InvalidInput(`${name} must be an integer from ${min} to ${max}`);
    return Number(value);
  };

  const prompt = given("prompt");
  if (prompt === undefined) throw new InvalidInput("prompt is required");
  const magic = oneOf("magic_prompt", MAGIC_PROMPTS);
  const speed = oneOf("rendering_speed", RENDERING_SPEEDS);
  const style = oneOf("style_type", STYLE_TYPES);
  const preset = oneOf("style_preset", STYLE_PRESETS);
  checkPalette(given("color_palette"));
  const codes = form.texts("style_codes");
  if (codes.some((code) => !/^[0-9a-f]{8}$/i.test(code)))
    throw new InvalidInput("style_codes must be 8 character hexadecimal codes");

  const [photo, mask] = [await picture(form, "image"), await picture(form, "mask")];
  if (photo.width !== mask.width || photo.height !== mask.height)
    throw new InvalidInput("mask must be of the same size as image");
  await checkBlackAndWhite(mask);
  const styles = await pictures(form, "style_reference_images");
  const characters = await pictures(form, "character_reference_images");
  const characterMasks = await pictures(form, "character_reference_images_mask");

  const forbid = (broken: boolean, message: string) => {
    if (broken) throw new InvalidInput(message);
  };
  const styled = (allowed: string[]) => style === undefined || allowed.includes(style);
  forbid(codes.length > 0 && styles.length > 0, "style_codes cannot be used with style_reference_images");
  forbid(codes.length > 0 && style !== undefined, "style_codes cannot be used with style_type");
  forbid(preset !== undefined && styles.length > 0, "style_preset cannot be used with style_reference_images");
  forbid(
    (preset !== undefined || styles.length > 0) && !styled(["AUTO", "GENERAL"]),
    "style_type must be AUTO or GENERAL with style_preset or style_reference_images",
  );
  forbid(characters.length > 1, "Only 1 character reference image is supported");
  forbid(characters.length > 0 && speed === "FLASH", "character references do not work with FLASH");
  forbid(
    characters.length > 0 && !styled(["AUTO", "REALISTIC", "FICTION"]),
    "style_type must be AUTO, REALISTIC or FICTION with character_reference_images",
  );
  forbid(
    characterMasks.length > 0 && characterMasks.length !== characters.length,
    "character_reference_images_mask must match the number of character_reference_images",
  );
  forbid(
    characterMasks.some(({ width, height }, i) => width !== characters[i]?.width || height !== characters[i]?.height),
    "a character's mask must have the dimensions of its image",
  );

  return {
    prompt,
    photo,
    mask,
    count: integer("num_images", 1, 8) ?? 1,
    seed: integer("seed", 0, MAX_SEED),
    styleType: style ?? "GENERAL",
    magic: magic !== "OFF",
    fields: shown(form),
  };
}

function checkPalette(text: string | undefined): void {
  if (text === undefined) return;
  const palette = parsed(text);
  const named = typeof palette === "object" && palette !== null && "name" in palette;
  if (!named || !COLOR_PALETTES.includes(String(palette.name)))
    throw new InvalidInput(`color_palette must be JSON with a name of ${COLOR_PALETTES.join(", ")}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function picture(form: Form, name: string): Promise<Picture> {
  const [found] = await pictures(form, name);
  if (found === undefined) throw new InvalidInput(`${name} is required`);
  return found;
}

/** JPEG, PNG or WebP that are what their types and names say. */
async function pictures(form: Form, name: string): Promise<Picture[]> {
  if (form.texts(name).some((text) => text !== "")) throw new InvalidInput(`${name} must be a file`);
  const files = form.files(name);
  if (files.reduce((sum, { bytes }) => sum + bytes.length, 0) > MAX_BYTES)
    throw new InvalidInput(`${name} must not exceed 10MB`);
  return await Promise.all(files.map((file) => opened(name, file)));
}

const EXTENSIONS: Record<string, RegExp> = {
  "image/png": /\.png$/i,
  "image/jpeg": /\.jpe?g$/i,
  "image/webp": /\.webp$/i,
};

async function opened(field: string, { name, type, bytes }: FormFile): Promise<Picture> {
  const wrong = new InvalidInput(`${field} must be in JPEG, PNG or WebP format`);
  if (EXTENSIONS[type]?.test(name) !== true) throw wrong;
  const { format } = await sharp(bytes)
    .metadata()
    .catch(() => ({ format: "" }));
  if (`image/${format}` !== type) throw wrong;
  try {
    return await openPicture(bytes);
  } catch (error) {
    if (error instanceof PictureError) throw wrong;
    throw error;
  }
}

async function checkBlackAndWhite({ bytes }: Picture): Promise<void> {
  const { data, info } = await sharp(bytes)
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (let at = 0; at < data.length; at += info.channels) {
    const [red, green, blue, alpha] = data.subarray(at, at + 4);
    if ((red !== 0 && red !== 255) || green !== red || blue !== red || alpha !== 255)
      throw new InvalidInput("mask must be a black and white image");
  }
}

function shown(form: Form): Record<string, unknown> {
  return Object.fromEntries(
    form.names.map((name) => {
      const files = form.files(name).map((file) => ({ name: file.name, type: file.type, bytes: file.bytes }));
      const values = [...form.texts(name), ...files];
      return [name, LISTS.has(name) ? values : values[0]];
    }),
  );
}
