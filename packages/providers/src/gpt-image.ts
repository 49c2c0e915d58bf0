import type { SizeRule } from "@infill/core";

/** The sizes of OpenAI's GPT image models up to 1.5, whoever offers them. */
export const GPT_IMAGE_1_SIZES: SizeRule = {
  kind: "list",
  sizes: [
    { width: 1024, height: 1024 },
    { width: 1536, height: 1024 },
    { width: 1024, height: 1536 },
  ],
};

/** And from 2 on. */
export const GPT_IMAGE_2_SIZES: SizeRule = {
  kind: "range",
  // what is left of a side by the least area and the greatest aspect
  min: 480,
  max: 3840,
  multipleOf: 16,
  preferred: 1024,
  minPixels: 655_360,
  maxPixels: 8_294_400,
  maxAspect: 3,
};
