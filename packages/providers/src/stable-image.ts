import type { ModelRecord } from "@infill/core";
import { REMOVAL_EDGES, REMOVAL_PROMPT, REPLACEMENT_EDGES } from "./removal.ts";

/** 0 is a random one to the vendor. */
const SEED = { type: "integer", min: 0, max: 4_294_967_294 } as const;

const PROMPT_LENGTH = 10_000;

type Alike = "maxPromptLength" | "options" | "providerOptions" | "mask" | "outputFormats" | "typicalSeconds";

/**
 * What Stability's inpainting takes wherever it is sold: by Stability itself, or on Amazon Bedrock. One picture
 * a call, so there is no `n`; `grow_mask` is no option, because `edit.grow` and `edit.feather` say the same.
 */
export const STABLE_INPAINT: Pick<ModelRecord, Alike | "replace" | "erase"> = {
  replace: { prompt: "required", defaults: REPLACEMENT_EDGES },
  erase: { how: "prompt", prompt: REMOVAL_PROMPT, defaults: REMOVAL_EDGES },
  maxPromptLength: PROMPT_LENGTH,
  options: { negativePrompt: { type: "string", maxLength: PROMPT_LENGTH }, seed: SEED },
  providerOptions: {
    stylePreset: {
      type: "enum",
      values: [
        ...["3d-model", "analog-film", "anime", "cinematic", "comic-book", "digital-art", "enhance", "fantasy-art"],
        ...["isometric", "line-art", "low-poly", "modeling-compound", "neon-punk", "origami", "photographic"],
        ...["pixel-art", "tile-texture"],
      ],
    },
  },
  mask: { convention: "white", soft: true },
  outputFormats: ["png", "jpeg", "webp"],
  typicalSeconds: 10,
};

/** The same of its eraser, which needs no words and takes none. */
export const STABLE_ERASE: Pick<ModelRecord, Alike | "erase"> = {
  erase: { how: "native", defaults: REMOVAL_EDGES },
  maxPromptLength: PROMPT_LENGTH,
  options: { seed: SEED },
  providerOptions: {},
  mask: { convention: "white", soft: true },
  outputFormats: ["png", "jpeg", "webp"],
  typicalSeconds: 10,
};
