import { type ModelRecord, ProviderFailure, type ProviderRequest } from "@infill/core";
import type { Field, Part } from "../multipart.ts";
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
  const asked = model.erase?.how === "prompt" && request.operation === "erase" ? model.erase.prompt : "";
  const prompt = request.prompt ?? asked;
  if (prompt === "") {
    throw new ProviderFailure("invalid_request", `${VENDOR} needs a prompt`, { accepted: "no", pointer: "/prompt" });
  }
  const [image, mask] = await Promise.all([request.image.bytes(), request.mask.bytes()]);
  const partials = partialsOf(request);
  return {
    model: model.id.slice(`${model.provider}/`.length),
    image: png("image", image),
    mask: png("mask", mask),
    prompt,
    n: request.n,
    size: `${size.width}x${size.height}`,
    quality: request.quality ?? DEFAULT_QUALITY,
    background: text(providerOptions["background"]),
    input_fidelity: text(providerOptions["inputFidelity"]),
    output_format: "png",
    // without pictures of the work under way a stream tells nothing that one answer does not
    ...(partials > 0 ? { stream: true, partial_images: partials } : {}),
  };
}

const png = (name: string, bytes: Uint8Array): Part => ({ bytes, filename: `${name}.png`, contentType: "image/png" });

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
