import type { ModelRecord } from "@infill/core";
import { PROMPT_DRIVEN } from "../removal.ts";
import { RESOLUTIONS, STYLE_PRESETS } from "./values.ts";

/** "10 MB", read as the smaller megabyte: of all style references together, and of the character's. */
const MAX_REFERENCE_BYTES = 10_000_000;

/**
 * Ideogram's first-party inpainting as data: `POST /v1/ideogram-v3/inpaint` of its reference, unless a
 * comment says otherwise.
 */
export const ideogramModels: readonly ModelRecord[] = [
  {
    ...PROMPT_DRIVEN,
    id: "ideogram/inpaint-3",
    provider: "ideogram",
    description: "Ideogram 3.0: strong at lettering and style, with style and character references.",
    // of the same model's newer endpoint; this one's reference names none
    maxPromptLength: 10_000,
    options: {
      n: { type: "integer", min: 1, max: 8, default: 1 },
      size: true,
      seed: { type: "integer", min: 0, max: 2_147_483_647 },
    },
    providerOptions: {
      renderingSpeed: { type: "enum", values: ["FLASH", "TURBO", "DEFAULT", "QUALITY"], default: "DEFAULT" },
      // no default here: the vendor's own to replace, and OFF to erase
      magicPrompt: { type: "enum", values: ["AUTO", "ON", "OFF"] },
      // no default here: style codes exclude any
      styleType: { type: "enum", values: ["AUTO", "GENERAL", "REALISTIC", "DESIGN", "FICTION"] },
      stylePreset: { type: "enum", values: STYLE_PRESETS },
      // the number is not documented; each is eight hexadecimal digits
      styleCodes: {
        type: "strings",
        max: 8,
        maxLength: 8,
        pattern: { is: "[0-9A-Fa-f]{8}", words: "8 hexadecimal digits" },
      },
      // the number is that of the vendor's app
      styleReferenceImages: { type: "assets", max: 10, maxBytes: MAX_REFERENCE_BYTES },
      characterReferenceImages: { type: "assets", max: 1, maxBytes: MAX_REFERENCE_BYTES },
      characterReferenceImagesMask: { type: "assets", max: 1, maxBytes: MAX_REFERENCE_BYTES },
      colorPalette: {
        type: "enum",
        values: ["EMBER", "FRESH", "JUNGLE", "MAGIC", "MELON", "MOSAIC", "PASTEL", "ULTRAMARINE"],
      },
    },
    constraints: [
      { given: "styleCodes", other: "styleReferenceImages" },
      { given: "styleCodes", other: "styleType" },
      // these of the same model's table at 1min.ai: the first-party reference leaves them to a 400
      { given: "stylePreset", other: "styleReferenceImages" },
      { given: "stylePreset", other: "styleType", oneOf: ["AUTO", "GENERAL"] },
      { given: "styleReferenceImages", other: "styleType", oneOf: ["AUTO", "GENERAL"] },
      { given: "renderingSpeed", is: "FLASH", other: "characterReferenceImages" },
      { given: "characterReferenceImages", other: "styleType", oneOf: ["AUTO", "REALISTIC", "FICTION"] },
      { given: "characterReferenceImagesMask", other: "characterReferenceImages", needed: true },
    ],
    sizes: { kind: "list", sizes: RESOLUTIONS },
    mask: { convention: "black", soft: false },
    price: {
      perResult: 60_000,
      rows: [
        { given: "characterReferenceImages", when: { renderingSpeed: "TURBO" }, perResult: 100_000 },
        { given: "characterReferenceImages", when: { renderingSpeed: "QUALITY" }, perResult: 200_000 },
        { given: "characterReferenceImages", when: {}, perResult: 150_000 },
        { when: { renderingSpeed: "FLASH" }, perResult: 30_000 },
        { when: { renderingSpeed: "TURBO" }, perResult: 30_000 },
        { when: { renderingSpeed: "QUALITY" }, perResult: 90_000 },
      ],
      source: "https://ideogram.ai/features/api-pricing",
      asOf: "2026-11-16",
    },
    typicalSeconds: 15,
  },
];
