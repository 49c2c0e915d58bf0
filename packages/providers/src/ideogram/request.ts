import type { ContentType, ModelRecord, ProviderReference, ProviderRequest } from "@infill/core";
import { type Field, type Part, pngPart } from "../multipart.ts";
import { requiredPrompt } from "../requested.ts";
import { VENDOR } from "./answer.ts";

/** A form of Ideogram's inpainting; lists are repeated fields. */
export type InpaintForm = Readonly<Record<string, Field>> & { prompt: string };

/**
 * @throws ProviderFailure `invalid_request` when there is nothing to paint
 */
export async function toInpaintForm(request: ProviderRequest, model: ModelRecord): Promise<InpaintForm> {
  const erasing = request.operation === "erase";
  const prompt = requiredPrompt(VENDOR, request, model);
  const { references = {}, providerOptions: own } = request;
  const { styleReferenceImages, characterReferenceImages, characterReferenceImagesMask } = references;
  const [image, mask, styles, characters, characterMasks] = await Promise.all([
    request.image.bytes(),
    request.mask.bytes(),
    files("style", styleReferenceImages),
    files("character", characterReferenceImages),
    files("character-mask", characterReferenceImagesMask),
  ]);
  const palette = text(own["colorPalette"]);
  return {
    image: pngPart("image", image),
    mask: pngPart("mask", mask),
    prompt,
    num_images: request.n,
    seed: request.seed,
    // what is embellished is no longer an empty background
    magic_prompt: text(own["magicPrompt"]) ?? (erasing ? "OFF" : undefined),
    rendering_speed: text(own["renderingSpeed"]),
    style_type: text(own["styleType"]),
    style_preset: text(own["stylePreset"]),
    style_codes: texts(own["styleCodes"]),
    color_palette: palette === undefined ? undefined : JSON.stringify({ name: palette }),
    style_reference_images: styles,
    character_reference_images: characters,
    character_reference_images_mask: characterMasks,
  };
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const texts = (value: unknown): string[] | undefined => (Array.isArray(value) ? value.map(String) : undefined);

const EXTENSIONS: Record<ContentType, string> = { "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp" };

/** As they were uploaded: the vendor goes by name and type. */
const files = (name: string, pictures: readonly ProviderReference[] = []): Promise<Part[]> =>
  Promise.all(
    pictures.map(async ({ contentType, bytes }, index) => ({
      bytes: await bytes(),
      filename: `${name}-${index + 1}.${EXTENSIONS[contentType]}`,
      contentType,
    })),
  );
