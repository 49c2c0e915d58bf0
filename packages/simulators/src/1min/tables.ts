/** What a field of a model's table takes. */
export type Rule =
  | { kind: "text"; most?: number }
  | { kind: "asset" }
  | { kind: "assets"; most: number }
  | { kind: "whole"; min: number; max: number }
  | { kind: "one of"; values: readonly string[] }
  | { kind: "size" };

/** One model's table: what must be there and what may. */
export interface Table {
  required: Readonly<Record<string, Rule>>;
  optional: Readonly<Record<string, Rule>>;
  /** What its documentation says besides. @returns what is wrong, if anything */
  rules?(fields: Fields): string | undefined;
  /** Which pixels of the mask are edited. */
  edits: "white" | "black";
  /** Whether the mask must have the photo's size. */
  exactMask: boolean;
  /** Largest picture, bytes. */
  maxBytes?: number;
}

export type Fields = Readonly<Record<string, unknown>>;

const oneOf = (...values: string[]): Rule => ({ kind: "one of", values });

const pictures: Table["required"] = { imageUrl: { kind: "asset" }, maskUrl: { kind: "asset" } };
const QUALITY = oneOf("low", "medium", "high");
const FORMAT = oneOf("png", "jpeg", "webp");
const COUNT: Rule = { kind: "whole", min: 1, max: 10 };
const GPT_PROMPT: Rule = { kind: "text", most: 4000 };

const gpt1: Table = {
  required: {
    ...pictures,
    prompt: GPT_PROMPT,
    size: oneOf("1024x1024", "1024x1536", "1536x1024"),
    n: COUNT,
  },
  optional: { quality: QUALITY, output_format: FORMAT, output_compression: { kind: "whole", min: 0, max: 100 } },
  edits: "white",
  exactMask: true,
};

const STYLE_PRESETS =
  "80S_ILLUSTRATION, 90S_NOSTALGIA, ABSTRACT_ORGANIC, ANALOG_NOSTALGIA, ART_BRUT, ART_DECO, ART_POSTER, AURA, AVANT_GARDE, BAUHAUS, BLUEPRINT, BLURRY_MOTION, BRIGHT_ART, C4D_CARTOON, CHILDRENS_BOOK, COLLAGE, COLORING_BOOK_I, COLORING_BOOK_II, CUBISM, DARK_AURA, DOODLE, DOUBLE_EXPOSURE, DRAMATIC_CINEMA, EDITORIAL, EMOTIONAL_MINIMAL, ETHEREAL_PARTY, EXPIRED_FILM, FLAT_ART, FLAT_VECTOR, FOREST_REVERIE, GEO_MINIMALIST, GLASS_PRISM, GOLDEN_HOUR, GRAFFITI_I, GRAFFITI_II, HALFTONE_PRINT, HIGH_CONTRAST, HIPPIE_ERA, ICONIC, JAPANDI_FUSION, JAZZY, LONG_EXPOSURE, MAGAZINE_EDITORIAL, MINIMAL_ILLUSTRATION, MIXED_MEDIA, MONOCHROME, NIGHTLIFE, OIL_PAINTING, OLD_CARTOONS, PAINT_GESTURE, POP_ART, RETRO_ETCHING, RIVIERA_POP, SPOTLIGHT_80S, STYLIZED_RED, SURREAL_COLLAGE, TRAVEL_POSTER, VINTAGE_GEO, VINTAGE_POSTER, WATERCOLOR, WEIRD, WOODBLOCK_PRINT".split(
    ", ",
  );

/** The tables of "Image Mask Editor", by model. */
export const TABLES: Readonly<Record<string, Table>> = {
  "stable-image": {
    required: { ...pictures, prompt: { kind: "text" }, output_format: oneOf("jpeg") },
    optional: {},
    edits: "white",
    exactMask: false,
  },
  "gpt-image-1-mini": gpt1,
  "gpt-image-1": gpt1,
  "gpt-image-2": {
    required: { ...pictures, prompt: GPT_PROMPT, size: { kind: "size" }, quality: QUALITY },
    optional: { n: COUNT, output_format: FORMAT },
    edits: "white",
    exactMask: true,
  },
  "ideogram-3": {
    required: { ...pictures, prompt: { kind: "text" }, num_images: { kind: "whole", min: 1, max: 8 } },
    optional: {
      rendering_speed: oneOf("FLASH", "TURBO", "DEFAULT", "QUALITY"),
      magic_prompt: oneOf("AUTO", "ON", "OFF"),
      style_type: oneOf("AUTO", "GENERAL", "REALISTIC", "DESIGN", "FICTION"),
      style_preset: oneOf(...STYLE_PRESETS),
      style_reference_images: { kind: "assets", most: 5 },
      character_reference_images: { kind: "assets", most: 1 },
      negative_prompt: { kind: "text" },
      seed: { kind: "whole", min: 0, max: 2_147_483_647 },
    },
    rules: ideogramRules,
    edits: "black",
    exactMask: true,
    maxBytes: 10 * 1024 * 1024,
  },
};

function ideogramRules(fields: Fields): string | undefined {
  const { style_preset, style_reference_images, character_reference_images, style_type = "AUTO" } = fields;
  const styled = style_preset !== undefined || style_reference_images !== undefined;
  if (style_preset !== undefined && style_reference_images !== undefined)
    return "style_preset and style_reference_images are mutually exclusive";
  if (styled && !["AUTO", "GENERAL"].includes(String(style_type))) return "style_type must be AUTO or GENERAL";
  if (character_reference_images === undefined) return undefined;
  if (!["AUTO", "REALISTIC", "FICTION"].includes(String(style_type)))
    return "style_type must be AUTO, REALISTIC, or FICTION";
  return fields["rendering_speed"] === "FLASH" ? "character_reference_images cannot be used with FLASH" : undefined;
}

/** Whether a value keeps a rule. @param knows whether an asset of that path was uploaded */
export function keeps(rule: Rule, value: unknown, knows: (path: unknown) => boolean): boolean {
  switch (rule.kind) {
    case "text":
      return typeof value === "string" && value !== "" && value.length <= (rule.most ?? Infinity);
    case "asset":
      return knows(value);
    case "assets":
      return Array.isArray(value) && value.length > 0 && value.length <= rule.most && value.every(knows);
    case "whole":
      return Number.isInteger(value) && Number(value) >= rule.min && Number(value) <= rule.max;
    case "one of":
      return rule.values.includes(String(value));
    case "size":
      return keepsSize(String(value));
  }
}

/** GPT Image 2's: blocks of 16 px, 655,360–8,294,400 px in all, at most 3840 px long and 3:1. */
function keepsSize(size: string): boolean {
  const [, width = 0, height = 0] = /^(\d+)x(\d+)$/.exec(size)?.map(Number) ?? [];
  const pixels = width * height;
  const [short = 0, long = 0] = [width, height].toSorted((a, b) => a - b);
  return (
    width % 16 === 0 &&
    height % 16 === 0 &&
    pixels >= 655_360 &&
    pixels <= 8_294_400 &&
    long <= 3840 &&
    long <= 3 * short
  );
}
