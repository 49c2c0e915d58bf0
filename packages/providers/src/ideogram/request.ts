import { type ContentType, ProviderFailure, type ProviderReference, type ProviderRequest } from "@infill/core";
import type { Field, Part } from "../multipart.ts";
import { REMOVAL_PROMPT } from "../removal.ts";

/** A form of Ideogram's inpainting; lists are repeated fields. */
export type InpaintForm = Readonly<Record<string, Field>> & { prompt: string };

/**
 * @throws ProviderFailure `invalid_request` when there is nothing to paint
 */
export async function toInpaintForm(request: ProviderRequest): Promise<InpaintForm> {
  const erasing = request.operation === "erase";
  const prompt = request.prompt ?? (erasing ? REMOVAL_PROMPT : "");
  if (prompt === "") throw invalid("Ideogram needs a prompt", "/prompt");
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
    image: { bytes: image, filename: "image.png", contentType: "image/png" },
    mask: { bytes: mask, filename: "mask.png", contentType: "image/png" },
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

const invalid = (message: string, pointer: string): ProviderFailure =>
  new ProviderFailure("invalid_request", message, { accepted: "no", pointer });

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
