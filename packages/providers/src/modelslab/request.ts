import type { ModelRecord, ProviderRequest } from "@infill/core";
import { pngDataUri } from "../picture.ts";
import { requiredPrompt } from "../requested.ts";
import { VENDOR } from "./verdict.ts";

/** The documented body of `POST /api/v6/image_editing/inpaint`, with the types its table states. */
export interface InpaintBody {
  key: string;
  prompt: string;
  negative_prompt: string | null;
  init_image: string;
  mask_image: string;
  width: number;
  height: number;
  samples: number;
  num_inference_steps: number;
  safety_checker: "yes" | "no";
  enhance_prompt: "yes" | "no";
  guidance_scale: number;
  strength: number;
  /** Whether the pictures are inline; rules both the input and the output. */
  base64: boolean;
  /** `null` = random. */
  seed: number | null;
  webhook: string | null;
  track_id: number | null;
}

/**
 * @param inline sends the pictures themselves instead of links, and asks for no callback: for a machine
 *   that the vendor cannot reach
 * @throws ProviderFailure `invalid_request` when there is nothing to paint
 */
export async function toInpaintBody(
  request: ProviderRequest,
  { model, key, inline }: { model: ModelRecord; key: string; inline: boolean },
): Promise<InpaintBody> {
  const erasing = request.operation === "erase";
  const prompt = requiredPrompt(VENDOR, request, model);
  const picture = async (image: ProviderRequest["image"]) => (inline ? pngDataUri(await image.bytes()) : image.url());
  const webhook = inline ? undefined : request.callbackUrl;
  const { enhancePrompt = !erasing, safetyChecker = true } = request.providerOptions;
  const [init_image, mask_image] = await Promise.all([picture(request.image), picture(request.mask)]);
  return {
    key,
    prompt,
    negative_prompt: request.negativePrompt ?? null,
    init_image,
    mask_image,
    width: request.size.width,
    height: request.size.height,
    samples: request.n,
    num_inference_steps: request.steps ?? 30,
    safety_checker: yesNo(safetyChecker),
    enhance_prompt: yesNo(enhancePrompt),
    guidance_scale: request.guidanceScale ?? 5,
    // 1 = nothing of the masked pixels survives, which is what erasing means; 0.7 is the vendor's default
    strength: request.strength ?? (erasing ? 1 : 0.7),
    base64: inline,
    seed: request.seed ?? null,
    webhook: webhook ?? null,
    // "integral value"; the callback's URL says whose it is, so this tells attempts apart for people only
    track_id: webhook === undefined ? null : request.attempt,
  };
}

const yesNo = (value: unknown): "yes" | "no" => (value === true ? "yes" : "no");
