/** What a prompt-driven model is asked for when something is to go. */
export const REMOVAL_PROMPT = "empty background, seamless continuation of the surroundings, nothing added";

/** A remnant of the object or its shadow in view makes such a model paint it again: reach further. */
export const REMOVAL_EDGES = { grow: 0.015, feather: 0.02 };

/** What a replacement reaches beyond its mask. */
export const REPLACEMENT_EDGES = { grow: 0.005, feather: 0.01 };

/** How models work that do nothing without being told in words. */
export const PROMPT_DRIVEN = {
  replace: { prompt: "required", defaults: REPLACEMENT_EDGES },
  erase: { how: "prompt", prompt: REMOVAL_PROMPT, defaults: REMOVAL_EDGES },
  outputFormats: ["png", "jpeg", "webp"],
} as const;
