import { type ModelRecord, ProviderFailure, type ProviderRequest } from "@infill/core";

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
  const invalid = (message: string, pointer: string) =>
    new ProviderFailure("invalid_request", message, { accepted: "no", pointer });
  const model = models.find(({ id }) => id === request.model);
  if (model === undefined) throw invalid(`${vendor} has no model ${request.model}`, "/model");
  const worded = model.erase?.how === "prompt" ? model.erase.prompt : undefined;
  const prompt = request.prompt || (request.operation === "erase" ? worded : undefined);
  if (model.replace !== undefined && prompt === undefined) throw invalid(`${vendor} needs a prompt`, "/prompt");
  const { stylePreset } = request.providerOptions;
  return {
    prompt: model.replace === undefined ? undefined : prompt,
    negative_prompt: request.negativePrompt,
    seed: request.seed,
    style_preset: typeof stylePreset === "string" ? stylePreset : undefined,
    grow_mask: 0,
    output_format: "png",
  };
}
