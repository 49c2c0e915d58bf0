import type { ModelRecord, OptionRule } from "@infill/core";
import { GPT_IMAGE_1_SIZES, GPT_IMAGE_2_SIZES } from "../gpt-image.ts";
import { STYLE_PRESETS } from "../ideogram/values.ts";
import { PROMPT_DRIVEN } from "../removal.ts";

const common = { ...PROMPT_DRIVEN, provider: "1min" } as const;

/** What the GPT image models share. The mask's grey means partial; its size must be the photo's. */
const gpt = {
  ...common,
  maxPromptLength: 4_000,
  options: {
    n: { type: "integer", min: 1, max: 10, default: 1 },
    size: true,
    quality: { type: "enum", values: ["low", "medium", "high"], default: "medium" },
  },
  mask: { convention: "white", soft: true },
} as const;

/** What the vendor hands the picture over in; the caller's own `outputFormat` is made of it afterwards. */
const outputFormat: OptionRule = { type: "enum", values: ["png", "jpeg", "webp"], default: "png" };

const gpt1 = {
  ...gpt,
  // no default of the compression here: the vendor's is 85, and its own examples leave it out
  providerOptions: { outputFormat, outputCompression: { type: "integer", min: 0, max: 100 } },
  sizes: GPT_IMAGE_1_SIZES,
} as const;

/** The whole platform bills by credits of a plan; no rate for them was found. */
const source = "assumed, on the high side: 1min.ai bills credits of a plan; set what yours costs";
const asOf = "2026-11-25";

const low = { quality: "low" } as const;
const medium = { quality: "medium" } as const;

/** What the maker of a model says of its own API; of what is sold on, 1min.ai names no date. */
const endedByItsMaker = (name: string, date: string): string[] => [
  `OpenAI's own ${name} ends, or has ended, on ${date}, and 1min.ai does not say for how long it offers it; 1min/gpt-image-2 lasts`,
];

/** 10 MB, each and all together. */
const REFERENCE_BYTES = 10_000_000;

/**
 * 1min.ai's "Image Mask Editor" (`IMAGE_INPAINTER`) as data: the options are those of each model's table, and
 * no others, because the platform ignores in silence what a table does not list.
 */
export const oneMinModels: readonly ModelRecord[] = [
  {
    ...common,
    id: "1min/stable-image",
    description: "Stability's Stable Image through 1min.ai. Takes a prompt and nothing else.",
    // neither the table nor this platform's pages name a limit; this is Stability's own
    maxPromptLength: 10_000,
    options: { size: true },
    providerOptions: {},
    // Stability's own limits, but for the largest side, which is ours: its answer has 4 megapixels anyway
    sizes: { kind: "range", min: 64, max: 2048, multipleOf: 1, preferred: 1024, maxPixels: 9_437_184 },
    mask: { convention: "white", soft: true },
    price: { perResult: 100_000, source, asOf },
    typicalSeconds: 15,
  },
  {
    ...gpt1,
    id: "1min/gpt-image-1-mini",
    description: "OpenAI's GPT Image 1 Mini through 1min.ai. Cheap and quick; the mask is guidance.",
    price: {
      perResult: 120_000,
      rows: [
        { when: low, perResult: 20_000 },
        { when: medium, perResult: 40_000 },
      ],
      source,
      asOf,
    },
    typicalSeconds: 25,
    warnings: endedByItsMaker("gpt-image-1-mini", "2026-12-01"),
  },
  {
    ...gpt1,
    id: "1min/gpt-image-1",
    description: "OpenAI's GPT Image 1 through 1min.ai. The mask is guidance.",
    price: {
      perResult: 400_000,
      rows: [
        { when: low, perResult: 40_000 },
        { when: medium, perResult: 120_000 },
      ],
      source,
      asOf,
    },
    typicalSeconds: 45,
    warnings: endedByItsMaker("gpt-image-1", "2026-10-23"),
  },
  {
    ...gpt,
    id: "1min/gpt-image-2",
    description: "OpenAI's GPT Image 2 through 1min.ai. Any size up to 8.3 megapixels; the mask is guidance.",
    providerOptions: { outputFormat },
    sizes: GPT_IMAGE_2_SIZES,
    price: {
      perResult: 600_000,
      rows: [
        { when: low, perResult: 50_000 },
        { when: medium, perResult: 200_000 },
      ],
      source,
      asOf,
    },
    typicalSeconds: 60,
  },
  {
    ...common,
    id: "1min/ideogram-3",
    description: "Ideogram 3.0 through 1min.ai. Styles by name or by reference, and a character to keep.",
    // no limit is documented; this one is ours
    maxPromptLength: 4_000,
    options: {
      negativePrompt: { type: "string", maxLength: 4_000 },
      n: { type: "integer", min: 1, max: 8, default: 1 },
      size: true,
      seed: { type: "integer", min: 0, max: 2_147_483_647 },
    },
    providerOptions: {
      renderingSpeed: { type: "enum", values: ["FLASH", "TURBO", "DEFAULT", "QUALITY"], default: "DEFAULT" },
      // no default here: the adapter sends the vendor's AUTO to replace and OFF to erase
      magicPrompt: { type: "enum", values: ["AUTO", "ON", "OFF"] },
      styleType: { type: "enum", values: ["AUTO", "GENERAL", "REALISTIC", "DESIGN", "FICTION"], default: "AUTO" },
      stylePreset: { type: "enum", values: STYLE_PRESETS },
      styleReferenceImages: { type: "assets", max: 5, maxBytes: REFERENCE_BYTES },
      characterReferenceImages: { type: "assets", max: 1, maxBytes: REFERENCE_BYTES },
    },
    constraints: [
      { given: "stylePreset", other: "styleReferenceImages" },
      { given: "stylePreset", other: "styleType", oneOf: ["AUTO", "GENERAL"] },
      { given: "styleReferenceImages", other: "styleType", oneOf: ["AUTO", "GENERAL"] },
      { given: "characterReferenceImages", other: "styleType", oneOf: ["AUTO", "REALISTIC", "FICTION"] },
      { given: "characterReferenceImages", other: "renderingSpeed", oneOf: ["TURBO", "DEFAULT", "QUALITY"] },
    ],
    // the resolution that Ideogram 3.0 documents for each of its aspect ratios
    sizes: {
      kind: "list",
      sizes: [
        { width: 1024, height: 1024 },
        { width: 896, height: 1120 },
        { width: 864, height: 1152 },
        { width: 832, height: 1248 },
        { width: 800, height: 1280 },
        { width: 736, height: 1312 },
        { width: 704, height: 1408 },
        { width: 512, height: 1536 },
        { width: 1120, height: 896 },
        { width: 1152, height: 864 },
        { width: 1248, height: 832 },
        { width: 1280, height: 800 },
        { width: 1312, height: 736 },
        { width: 1408, height: 704 },
        { width: 1536, height: 512 },
      ],
    },
    mask: { convention: "black", soft: false },
    price: {
      perResult: 300_000,
      rows: [
        { when: { renderingSpeed: "FLASH" }, perResult: 60_000 },
        { when: { renderingSpeed: "TURBO" }, perResult: 150_000 },
        { when: { renderingSpeed: "DEFAULT" }, perResult: 200_000 },
      ],
      source,
      asOf,
    },
    typicalSeconds: 20,
  },
];
