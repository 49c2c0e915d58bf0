import type { ModelRecord } from "@infill/core";
import { REMOVAL_EDGES, REMOVAL_PROMPT, REPLACEMENT_EDGES } from "../removal.ts";

/**
 * Black Forest Labs' FLUX.1 Fill [pro] as data. Ranges and defaults are those of its OpenAPI document
 * (`FluxProFillInputs`) unless a comment says otherwise.
 */
export const bflModels: readonly ModelRecord[] = [
  {
    id: "bfl/flux-fill",
    provider: "bfl",
    description: "FLUX.1 Fill [pro] from its makers. Follows prompts and surroundings closely.",
    replace: { prompt: "optional", defaults: REPLACEMENT_EDGES },
    erase: { how: "prompt", prompt: REMOVAL_PROMPT, defaults: REMOVAL_EDGES },
    // not documented; the model's text encoder reads 512 tokens
    maxPromptLength: 2_000,
    options: {
      size: true,
      // any whole number is documented; the range is ours
      seed: { type: "integer", min: 0, max: 4_294_967_295 },
      guidanceScale: { type: "number", min: 1.5, max: 100, default: 60 },
      steps: { type: "integer", min: 15, max: 50, default: 50 },
    },
    providerOptions: {
      promptUpsampling: { type: "boolean", default: false },
      // 0 is the strictest
      safetyTolerance: { type: "integer", min: 0, max: 6, default: 2, safe: [0, 1, 2] },
    },
    // not documented for Fill: what FLUX.1 [pro] paints
    sizes: { kind: "range", min: 256, max: 1440, multipleOf: 32, preferred: 1024 },
    // "in black and white"
    mask: { convention: "white", soft: false },
    outputFormats: ["png", "jpeg", "webp"],
    price: {
      perResult: 50_000,
      source: "skills.sh/black-forest-labs/skills/bfl-api: FLUX.1 Fill [pro], $0.05 an image",
      asOf: "2026-11-25",
    },
    typicalSeconds: 12,
  },
];
