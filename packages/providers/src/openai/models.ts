import type { ModelRecord, OptionRule, Price, PriceRow } from "@infill/core";
import { GPT_IMAGE_1_SIZES, GPT_IMAGE_2_SIZES } from "../gpt-image.ts";
import { PROMPT_DRIVEN } from "../removal.ts";
import { TOKEN_PRICES } from "./prices.ts";

/**
 * Not the vendor's own `auto`: what that picks is known when it is billed, so it would have to be reserved
 * at the price of the best there is.
 */
export const DEFAULT_QUALITY = "medium";

const every = {
  ...PROMPT_DRIVEN,
  provider: "openai",
  maxPromptLength: 32_000,
  options: {
    n: { type: "integer", min: 1, max: 10, default: 1 },
    size: true,
    quality: { type: "enum", values: ["low", "medium", "high", "auto"], default: DEFAULT_QUALITY },
  },
  // guidance to these models; grey is not documented, so the mask is thresholded
  mask: { convention: "alpha", soft: false },
} as const satisfies Partial<ModelRecord>;

/** Pictures of the work under way; each is billed on top, as extra output tokens. */
const partialImages: OptionRule = { type: "integer", min: 0, max: 3, default: 0 };
const background: OptionRule = { type: "enum", values: ["transparent", "opaque", "auto"] };

// Prices are a picture by the vendor's table, and what goes in of photo and mask, on the high side. The flat one is
// for `auto`, which may be the dearest.

/**
 * What each model bills beside that. A byte of the prompt is at most one token – these tokenizers cut bytes, and a
 * token is never less than one – and about a quarter of one in ordinary English: the bound costs a sentence a
 * fraction of a cent. @param model by the vendor's own name
 */
const onTop = (model: string): NonNullable<Price["onTop"]> => ({
  promptByte: TOKEN_PRICES[model]?.textIn ?? 0,
  each: { partialImages: PARTIAL_TOKENS * (TOKEN_PRICES[model]?.out ?? 0) },
});
/** "Each partial image will incur an additional 100 image output tokens." */
const PARTIAL_TOKENS = 100;

/** What goes in of photo and mask where sizes are free, assumed on the high side. */
const INPUT = 13_000;

/**
 * A quality where sizes are free: by the tokens of a square of 1024 px, and no more than the dearest size listed.
 * The list names few sizes; between them the number of pixels is what is assumed to count.
 */
const free = (quality: string, square: number, most: number): PriceRow => ({
  when: { quality },
  perResult: INPUT + most,
  bySize: { base: INPUT, amount: square, pixels: 1024 ** 2 },
});

/** gpt-image-2.5, by its tokens at 1024x1024; other sizes as those tokens cost gpt-image-2 at most. */
const PRICE_2_5 = {
  perResult: 578_000,
  rows: [free("low", 6_000, 16_000), free("medium", 14_000, 35_000), free("high", 53_000, 139_000)],
  source:
    "assumed, by somebody else's measurements: https://raw.githubusercontent.com/sanand0/blog/main/posts/2026/quality-levels-of-gpt-image-2.5-flare.md; other sizes, and 13 000 for what goes in, on the high side",
  asOf: "2026-09-26",
};

/**
 * The GPT image models of `POST /v1/images/edits`. What they take is the vendor's API reference
 * ("Create image edit"); what ends is by its page of deprecations.
 */
export const openAiModels: readonly ModelRecord[] = [
  {
    ...every,
    id: "openai/gpt-image-1-mini",
    description: "OpenAI's small image model: cheap, three sizes.",
    providerOptions: { background, partialImages },
    sizes: GPT_IMAGE_1_SIZES,
    price: {
      perResult: 54_000,
      rows: [
        { when: { quality: "low", size: "1024x1024" }, perResult: 7_000 },
        { when: { quality: "low" }, perResult: 8_000 },
        { when: { quality: "medium", size: "1024x1024" }, perResult: 13_000 },
        { when: { quality: "medium" }, perResult: 17_000 },
        { when: { quality: "high", size: "1024x1024" }, perResult: 38_000 },
        { when: { quality: "high" }, perResult: 54_000 },
      ],
      onTop: onTop("gpt-image-1-mini"),
      source:
        "https://developers.openai.com/api/docs/models/gpt-image-1-mini; 2 000 for what goes in, assumed on the high side",
      asOf: "2026-11-25",
    },
    typicalSeconds: 20,
    shutdownAt: "2026-12-01",
    successor: "openai/gpt-image-2.5-flare",
  },
  {
    ...every,
    id: "openai/gpt-image-1.5",
    description: "OpenAI's image model of 2025: three sizes, keeps to the photo more closely when asked to.",
    providerOptions: {
      background,
      inputFidelity: { type: "enum", values: ["low", "high"], default: "low" },
      partialImages,
    },
    sizes: GPT_IMAGE_1_SIZES,
    price: {
      perResult: 256_000,
      rows: [
        { when: { inputFidelity: "high", quality: "low" }, perResult: 69_000 },
        { when: { inputFidelity: "high", quality: "medium" }, perResult: 107_000 },
        { when: { inputFidelity: "high" }, perResult: 256_000 },
        { when: { quality: "low", size: "1024x1024" }, perResult: 15_000 },
        { when: { quality: "low" }, perResult: 20_000 },
        { when: { quality: "medium", size: "1024x1024" }, perResult: 40_000 },
        { when: { quality: "medium" }, perResult: 57_000 },
        { when: { quality: "high", size: "1024x1024" }, perResult: 140_000 },
        { when: { quality: "high" }, perResult: 206_000 },
      ],
      onTop: onTop("gpt-image-1.5"),
      source:
        "assumed, by a reseller's list: https://runware.ai/docs/models/openai-gpt-image-1-5.md; 6 000 for what goes in, 56 000 at high fidelity, on the high side",
      asOf: "2026-11-25",
    },
    typicalSeconds: 25,
    shutdownAt: "2026-12-01",
    successor: "openai/gpt-image-2.5-sunburst",
  },
  {
    ...every,
    id: "openai/gpt-image-2",
    description: "OpenAI's image model with free sizes up to 4K.",
    providerOptions: {
      // "transparent backgrounds are not currently supported"
      background: { type: "enum", values: ["opaque", "auto"] },
      partialImages,
    },
    sizes: GPT_IMAGE_2_SIZES,
    price: {
      perResult: 578_000,
      rows: [free("low", 6_000, 16_000), free("medium", 53_000, 139_000), free("high", 211_000, 565_000)],
      onTop: onTop("gpt-image-2"),
      source:
        "assumed, by somebody else's list: https://ezkit.app/ai-image/gpt-image-2/fal; 13 000 for what goes in, on the high side",
      asOf: "2026-05-21",
    },
    typicalSeconds: 40,
  },
  {
    ...every,
    id: "openai/gpt-image-2.5-flare",
    description: "OpenAI's fast image model for everyday edits, with free sizes up to 4K.",
    providerOptions: { background, partialImages },
    sizes: GPT_IMAGE_2_SIZES,
    price: { ...PRICE_2_5, onTop: onTop("gpt-image-2.5-flare") },
    typicalSeconds: 15,
  },
  {
    ...every,
    id: "openai/gpt-image-2.5-sunburst",
    description: "OpenAI's most precise image editor, slower than Flare, with free sizes up to 4K.",
    providerOptions: { background, partialImages },
    sizes: GPT_IMAGE_2_SIZES,
    price: { ...PRICE_2_5, onTop: onTop("gpt-image-2.5-sunburst") },
    typicalSeconds: 20,
  },
];
