/** What a model's tokens cost, in micro-USD each – the same number as USD per million. */
export interface TokenPrices {
  textIn: number;
  imageIn: number;
  out: number;
  /** `assumed` where it is not the vendor's own page. */
  source: string;
  /** ISO date on which the source said so. */
  asOf: string;
}

const SECOND = { textIn: 5, imageIn: 8, out: 30 };
const LAUNCH_2_5 = { source: "assumed: https://docs.apiyi.com/en/news/gpt-image-2-5-launch.md", asOf: "2026-09-08" };

/** By the vendor's name of the model. Cached input is cheaper; it is counted as if it were not. */
export const TOKEN_PRICES: Readonly<Record<string, TokenPrices>> = {
  "gpt-image-1-mini": {
    textIn: 2,
    imageIn: 2.5,
    out: 8,
    source: "https://developers.openai.com/api/docs/models/gpt-image-1-mini",
    asOf: "2026-11-25",
  },
  "gpt-image-1.5": {
    textIn: 5,
    imageIn: 8,
    out: 32,
    source: "assumed: https://www.imagine.art/blogs/gpt-image-1-5-pricing",
    asOf: "2026-03-27",
  },
  "gpt-image-2": {
    ...SECOND,
    source: "assumed: https://fal.ai/models/openai/gpt-image-2/llms.txt",
    asOf: "2026-11-25",
  },
  "gpt-image-2.5-flare": { ...SECOND, ...LAUNCH_2_5 },
  "gpt-image-2.5-sunburst": { ...SECOND, ...LAUNCH_2_5 },
};
