import type { MaskRule, OutputFormat, SizeRule } from "./image.ts";

/**
 * What values an option takes, as data: validation, documentation and forms all read this. `safe`, of an option that
 * can loosen its vendor's safety: the values that do not, which are all that a client token may set.
 */
export type OptionRule =
  | { type: "integer" | "number"; min: number; max: number; default?: number; safe?: readonly number[] }
  | { type: "enum"; values: readonly string[]; default?: string; safe?: readonly string[] }
  | { type: "boolean"; default?: boolean; safe?: readonly boolean[] }
  | { type: "string"; maxLength: number; default?: string }
  /** A list of texts; each as the pattern says, where there is one: a regular expression of the whole, and its words. */
  | {
      type: "strings";
      max: number;
      maxLength: number;
      pattern?: { is: string; words: string };
      default?: readonly string[];
    }
  /** Pictures of the caller's own: ids of uploads, each and together at most so many bytes. */
  | { type: "assets"; max: number; maxBytes: number; default?: undefined };

/** What giving one option asks of another. Names are the canonical ones, or those of `providerOptions`. */
export interface OptionConstraint {
  given: string;
  /** The constraint holds for this value alone; for any unless given. */
  is?: string | number | boolean;
  other: string;
  /** The values that the other one may then have; none: the two exclude each other. */
  oneOf?: readonly (string | number | boolean)[];
  /** The other one must be given too, with any value. */
  needed?: true;
}

/** What one result costs, micro-USD. */
export interface Cost {
  /** Where it hangs on the size: the most. */
  perResult: number;
  /** By the size that the model works at: `base`, and `amount` for each so many pixels; never above `perResult`. */
  bySize?: {
    base?: number;
    amount: number;
    pixels: number;
    /** Pixels are counted in whole ones of that, rounded up. */
    whole?: true;
  };
}

/** What a result costs: by the first row whose every value is the request's, else the price's own; and what is on top. */
export interface Price extends Cost {
  rows?: readonly PriceRow[];
  onTop?: {
    /** For each byte of the prompt in UTF-8, micro-USD. */
    promptByte?: number;
    /** For each one that an option asks for, by its name, micro-USD. */
    each?: Readonly<Record<string, number>>;
  };
  source: string;
  /** ISO date on which the source said so. */
  asOf: string;
}

export interface PriceRow extends Cost {
  /** By option; `size` as `1024x1024`. */
  when: Readonly<Record<string, string | number | boolean>>;
  /** Only where this option is given, with any value: for what surcharges. */
  given?: string;
}

/** The canonical options a model may or may not take. One that is not listed in a record is refused. */
export const OPTION_NAMES = [
  "negativePrompt",
  "n",
  "size",
  "seed",
  "strength",
  "guidanceScale",
  "steps",
  "quality",
] as const;
export type OptionName = (typeof OPTION_NAMES)[number];

/** Grow and feather when the caller names none, as shares of the photo's shorter side. */
export interface EditDefaults {
  grow: number;
  feather: number;
}

/**
 * What a model can do, stated as data by its provider. The API, its documentation and the
 * validation read the same record, so a request is refused before it can be misunderstood.
 */
export interface ModelRecord {
  /** `provider/name`. */
  id: string;
  provider: string;
  description: string;
  replace?: { prompt: "required" | "optional" | "ignored"; defaults: EditDefaults };
  /** How it erases: by itself, or by a prompt that asks for the background. */
  erase?: { how: "native"; defaults: EditDefaults } | { how: "prompt"; prompt: string; defaults: EditDefaults };
  /** Longest prompt, in characters. */
  maxPromptLength: number;
  /** The canonical options it takes. `size` is ruled by `sizes`. */
  options: Partial<Record<Exclude<OptionName, "size">, OptionRule>> & { size?: true };
  /** Options of this provider alone, under `providerOptions`. */
  providerOptions: Record<string, OptionRule>;
  /** What its options ask of each other. */
  constraints?: readonly OptionConstraint[];
  sizes: SizeRule;
  mask: MaskRule;
  /** Formats the caller may ask for: ours to make, so every one unless a model forbids it. */
  outputFormats: readonly OutputFormat[];
  price: Price;
  /** Typical seconds from submit to answer: for people and for the first poll. */
  typicalSeconds: number;
  /** True when submitting twice costs nothing and harms nobody (a model that runs on this machine). */
  repeatable?: boolean;
  /** Said on every job of this model. */
  warnings?: readonly string[];
  /** ISO date after which the maker no longer serves it, and what to use instead. */
  shutdownAt?: string;
  successor?: string;
}
