import type { ModelRecord, ProviderImage, ProviderRequest } from "@infill/core";
import { pngDataUri } from "../picture.ts";
import { requestedModel, requiredPrompt } from "../requested.ts";
import { VENDOR } from "./vendor.ts";

/** The documented input of `fal-ai/flux-pro/v1/fill`. */
export interface FillInput {
  prompt: string;
  /** Links, or data URIs. */
  image_url: string;
  /** White is painted. */
  mask_url: string;
  seed?: number;
  num_images: number;
  output_format: "png";
  safety_tolerance: string;
  enhance_prompt: boolean;
}

/**
 * @param from.inline sends the pictures themselves instead of links, to a vendor that cannot reach us
 * @throws ProviderFailure `invalid_request` for a model it does not have, or when there is nothing to paint
 */
export async function toFillInput(
  request: ProviderRequest,
  from: { models: readonly ModelRecord[]; inline: boolean },
): Promise<FillInput> {
  const prompt = requiredPrompt(VENDOR, request, requestedModel(VENDOR, from.models, request.model));
  const { safetyTolerance, enhancePrompt } = request.providerOptions;
  const place = async (image: ProviderImage) => (from.inline ? pngDataUri(await image.bytes()) : image.url());
  const [image_url, mask_url] = await Promise.all([place(request.image), place(request.mask)]);
  return {
    prompt,
    image_url,
    mask_url,
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    num_images: request.n,
    output_format: "png",
    safety_tolerance: typeof safetyTolerance === "string" ? safetyTolerance : "2",
    enhance_prompt: enhancePrompt === true,
  };
}
