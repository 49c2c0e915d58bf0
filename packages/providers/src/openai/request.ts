import type { ModelRecord, ProviderRequest } from "@infill/core";
import { type Field, pngPart } from "../multipart.ts";
import { requiredPrompt } from "../requested.ts";
import { DEFAULT_QUALITY } from "./models.ts";
import { VENDOR } from "./verdict.ts";

/** The documented form of `POST /v1/images/edits`, as far as it is used. A field without a value is not sent. */
export interface EditForm {
  [field: string]: Field;
  /** By the vendor's own name. */
  model: string;
  prompt: string;
}

/** How many pictures of the work under way are wanted for each result, 0–3. */
export const partialsOf = ({ providerOptions }: ProviderRequest): number =>
  Number(providerOptions["partialImages"] ?? 0);

/** @throws ProviderFailure `invalid_request` when there is nothing to paint */
export async function toEditForm(request: ProviderRequest, model: ModelRecord): Promise<EditForm> {
  const { providerOptions, size } = request;
  const prompt = requiredPrompt(VENDOR, request, model);
  const [image, mask] = await Promise.all([request.image.bytes(), request.mask.bytes()]);
  const partials = partialsOf(request);
  return {
    model: model.id.slice(`${model.provider}/`.length),
    image: pngPart("image", image),
    mask: pngPart("mask", mask),
    prompt,
    n: request.n,
    size: `${size.width}x${size.height}`,
    quality: request.quality ?? DEFAULT_QUALITY,
    background: text(providerOptions["background"]),
    input_fidelity: text(providerOptions["inputFidelity"]),
    output_format: "png",
    safety_identifier: request.endUser,
    // without pictures of the work under way a stream tells nothing that one answer does not
    ...(partials > 0 ? { stream: true, partial_images: partials } : {}),
  };
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
