import type { ModelRecord } from "@infill/core";
import { REMOVAL_EDGES, REMOVAL_PROMPT, REPLACEMENT_EDGES } from "../removal.ts";

/**
 * FLUX.1 Fill [pro] at fal (`fal-ai/flux-pro/v1/fill`) as data. Ranges and defaults are those of its model page
 * unless a comment says otherwise.
 */
export const falModels: readonly ModelRecord[] = [
  {
    id: "fal/flux-fill",
    provider: "fal",
    description: "FLUX.1 Fill [pro], served by fal. Up to four pictures at once.",
    replace: { prompt: "required", defaults: REPLACEMENT_EDGES },
    erase: { how: "prompt", prompt: REMOVAL_PROMPT, defaults: REMOVAL_EDGES },
    // not documented; the model's text encoder reads 512 tokens
    maxPromptLength: 2_000,
    options: {
      size: true,
      n: { type: "integer", min: 1, max: 4, default: 1 },
      // any whole number is documented; the range is ours
      seed: { type: "integer", min: 0, max: 4_294_967_295 },
    },
    providerOptions: {
      // 1 is the strictest
      safetyTolerance: { type: "enum", values: ["1", "2", "3", "4", "5", "6"], default: "2", safe: ["1", "2"] },
      enhancePrompt: { type: "boolean", default: false },
    },
    // not documented for Fill: what FLUX.1 [pro] paints, and at most what two megapixels pay for
    sizes: { kind: "range", min: 256, max: 1440, multipleOf: 32, preferred: 1024, maxPixels: 2_000_000 },
    // grey is not documented, so the mask is thresholded
    mask: { convention: "white", soft: false },
    outputFormats: ["png", "jpeg", "webp"],
    price: {
      perResult: 100_000,
      bySize: { amount: 50_000, pixels: 1_000_000, whole: true },
      source: "fal.ai/models/fal-ai/flux-pro/v1/fill: $0.05 a megapixel, rounded up",
      asOf: "2026-11-25",
    },
    typicalSeconds: 12,
  },
];
