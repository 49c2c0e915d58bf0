import type { ModelRecord } from "@infill/core";
import { PROMPT_DRIVEN } from "../removal.ts";

/** The vendor's documentation names no limit; longer prompts are cut by every Stable Diffusion text encoder anyway. */
const MAX_PROMPT_LENGTH = 2_000;

/**
 * ModelsLab's inpainting endpoint as data. Ranges and defaults are the vendor's
 * (docs: "Inpainting Endpoint", `/api/v6/image_editing/inpaint`) unless a comment says otherwise.
 */
export const modelsLabModels: readonly ModelRecord[] = [
  {
    ...PROMPT_DRIVEN,
    id: "modelslab/inpaint",
    provider: "modelslab",
    description: "ModelsLab's Stable Diffusion inpainting. Fast and cheap, works at 256–1024 px.",
    maxPromptLength: MAX_PROMPT_LENGTH,
    options: {
      negativePrompt: { type: "string", maxLength: MAX_PROMPT_LENGTH },
      n: { type: "integer", min: 1, max: 4, default: 1 },
      size: true,
      // answers show 32-bit seeds; the range is not documented
      seed: { type: "integer", min: 0, max: 4_294_967_295 },
      // no default here: the adapter sends the vendor's 0.7 to replace and 1 to erase
      strength: { type: "number", min: 0, max: 1 },
      guidanceScale: { type: "integer", min: 1, max: 5, default: 5 },
      // the range is ours: the vendor documents the default of 30 only
      steps: { type: "integer", min: 1, max: 50, default: 30 },
    },
    providerOptions: {
      // no default here: the adapter sends the vendor's "yes" to replace and "no" to erase
      enhancePrompt: { type: "boolean" },
      // the vendor's default is no; its own format, spoken to us, keeps that
      safetyChecker: { type: "boolean", default: true, safe: [true] },
    },
    sizes: { kind: "range", min: 256, max: 1024, multipleOf: 8, preferred: 768 },
    // grey is not documented, so the mask is thresholded
    mask: { convention: "white", soft: false },
    price: {
      perResult: 10_000,
      source: "assumed, on the high side: ModelsLab bills by plan; set what yours costs",
      asOf: "2026-11-20",
    },
    typicalSeconds: 8,
  },
];
