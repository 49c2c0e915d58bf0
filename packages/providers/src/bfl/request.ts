import type { ModelRecord, ProviderRequest } from "@infill/core";
import { toBase64 } from "../picture.ts";
import { requestedModel, requestedPrompt } from "../requested.ts";
import { webhookSecret } from "./callback.ts";
import { VENDOR } from "./vendor.ts";

/** The documented body of `POST /v1/flux-pro-1.0-fill`. */
export interface FillBody {
  /** Base64, as is the mask. */
  image: string;
  /** White is painted, black is kept. */
  mask: string;
  prompt?: string;
  steps: number;
  prompt_upsampling: boolean;
  seed?: number;
  guidance: number;
  output_format: "png";
  safety_tolerance: number;
  webhook_url?: string;
  webhook_secret?: string;
}

/**
 * @param from.inline this deployment cannot be called back
 * @throws ProviderFailure `invalid_request` for a model it does not have
 */
export async function toFillBody(
  request: ProviderRequest,
  from: { models: readonly ModelRecord[]; key: string; inline: boolean },
): Promise<FillBody> {
  const prompt = requestedPrompt(request, requestedModel(VENDOR, from.models, request.model));
  const { promptUpsampling, safetyTolerance } = request.providerOptions;
  const webhook = from.inline ? undefined : request.callbackUrl;
  const [image, mask] = await Promise.all([request.image.bytes(), request.mask.bytes()]);
  return {
    image: toBase64(image),
    mask: toBase64(mask),
    ...(prompt === undefined ? {} : { prompt }),
    steps: request.steps ?? 50,
    prompt_upsampling: promptUpsampling === true,
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    guidance: request.guidanceScale ?? 60,
    output_format: "png",
    safety_tolerance: typeof safetyTolerance === "number" ? safetyTolerance : 2,
    ...(webhook === undefined ? {} : { webhook_url: webhook, webhook_secret: webhookSecret(from.key, request.jobId) }),
  };
}
