import type { ModelRecord, ProviderRequest } from "@infill/core";
import { requestedModel, requiredPrompt } from "../requested.ts";
import { VENDOR } from "./verdict.ts";

/** Where the vendor keeps what was uploaded for one request: asset keys. */
export interface UploadedAssets {
  image: string;
  mask: string;
  /** By the option that names them. */
  references: Readonly<Record<string, readonly string[]>>;
}

/** The body of `POST /api/features`. */
export interface Feature {
  type: "IMAGE_INPAINTER";
  model: string;
  /** Exactly what the model's table lists; `undefined` is not sent. */
  promptObject: Readonly<Record<string, unknown>>;
  /** Answer at once, and be asked for the result. Left out for an answer that waits for it. */
  async?: true;
}

type ToPromptObject = (
  request: ProviderRequest,
  prompt: string,
  assets: UploadedAssets,
) => Readonly<Record<string, unknown>>;

const stableImage: ToPromptObject = (_request, prompt, { image, mask }) => ({
  imageUrl: image,
  maskUrl: mask,
  prompt,
  // "Must be jpeg"
  output_format: "jpeg",
});

const gptImage: ToPromptObject = ({ size, n, quality = "medium", providerOptions }, prompt, { image, mask }) => ({
  imageUrl: image,
  maskUrl: mask,
  prompt,
  size: `${size.width}x${size.height}`,
  n,
  quality,
  output_format: providerOptions["outputFormat"] ?? "png",
  output_compression: providerOptions["outputCompression"],
});

const ideogram: ToPromptObject = (request, prompt, { image, mask, references }) => {
  const { renderingSpeed, magicPrompt, styleType, stylePreset } = request.providerOptions;
  return {
    prompt,
    imageUrl: image,
    maskUrl: mask,
    num_images: request.n,
    rendering_speed: renderingSpeed ?? "DEFAULT",
    // an embellished wish for an empty background fills it
    magic_prompt: magicPrompt ?? (request.operation === "erase" ? "OFF" : "AUTO"),
    style_type: styleType ?? "AUTO",
    style_preset: stylePreset,
    style_reference_images: references["styleReferenceImages"],
    character_reference_images: references["characterReferenceImages"],
    negative_prompt: request.negativePrompt,
    seed: request.seed,
  };
};

/** By the vendor's own name of the model. */
const PROMPT_OBJECTS: Readonly<Record<string, ToPromptObject>> = {
  "stable-image": stableImage,
  "gpt-image-1-mini": gptImage,
  "gpt-image-1": gptImage,
  "gpt-image-2": gptImage,
  "ideogram-3": ideogram,
};

/** What a request asks for, once it is known that this vendor can be asked for it. */
export interface Wish {
  prompt: string;
  feature(assets: UploadedAssets): Feature;
}

/** @throws ProviderFailure `invalid_request` for a model that there is not, or when there is nothing to paint */
export function readWish(request: ProviderRequest, models: readonly ModelRecord[], async: boolean): Wish {
  const record = requestedModel(VENDOR, models, request.model);
  const model = record.id.slice(`${record.provider}/`.length);
  const toPromptObject = PROMPT_OBJECTS[model];
  if (toPromptObject === undefined) throw new Error(`no form is known of ${record.id}`);
  const prompt = requiredPrompt(VENDOR, request, record);
  return {
    prompt,
    feature: (assets) => ({
      type: "IMAGE_INPAINTER",
      model,
      promptObject: toPromptObject(request, prompt, assets),
      ...(async ? { async: true } : {}),
    }),
  };
}
