import { type ModelRecord, ProviderFailure, type ProviderRequest } from "@infill/core";

/** The record of the requested model. @throws ProviderFailure `invalid_request` where the vendor has none such */
export function requestedModel(vendor: string, models: readonly ModelRecord[], id: string): ModelRecord {
  const model = models.find((candidate) => candidate.id === id);
  if (model !== undefined) return model;
  throw new ProviderFailure("invalid_request", `${vendor} has no model ${id}`, { accepted: "no", pointer: "/model" });
}

/** What to paint: the caller's words, or to erase without any, those of the record; `undefined` for none. */
export function requestedPrompt({ prompt, operation }: ProviderRequest, { erase }: ModelRecord): string | undefined {
  return prompt || (operation === "erase" && erase?.how === "prompt" ? erase.prompt : undefined);
}

/** The same of a vendor that needs words. @throws ProviderFailure `invalid_request` where there are none */
export function requiredPrompt(vendor: string, request: ProviderRequest, model: ModelRecord): string {
  const prompt = requestedPrompt(request, model);
  if (prompt !== undefined) return prompt;
  throw new ProviderFailure("invalid_request", `${vendor} needs a prompt`, { accepted: "no", pointer: "/prompt" });
}
