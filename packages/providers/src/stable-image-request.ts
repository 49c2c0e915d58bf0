import type { ModelRecord, ProviderRequest } from "@infill/core";
import { requestedModel, requiredPrompt } from "./requested.ts";

/** What is asked of Stability's edit services beside the two pictures, by the names that every seller of them uses. */
export interface StableImageFields {
  prompt: string | undefined;
  negative_prompt: string | undefined;
  seed: number | undefined;
  style_preset: string | undefined;
  /** The mask is already grown and feathered as the caller wished; the vendor would add 5 px of its own. */
  grow_mask: 0;
  output_format: "png";
}

/**
 * @param models the seller's
 * @throws ProviderFailure `invalid_request` for a model that it does not have, or when there is nothing to paint
 */
export function stableImageFields(
  vendor: string,
  models: readonly ModelRecord[],
  request: ProviderRequest,
): StableImageFields {
  const model = requestedModel(vendor, models, request.model);
  const { stylePreset } = request.providerOptions;
  return {
    prompt: model.replace === undefined ? undefined : requiredPrompt(vendor, request, model),
    negative_prompt: request.negativePrompt,
    seed: request.seed,
    style_preset: typeof stylePreset === "string" ? stylePreset : undefined,
    grow_mask: 0,
    output_format: "png",
  };
}
