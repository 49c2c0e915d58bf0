/** Image vocabulary shared by every part: formats, sizes in px, mask conventions, the plan of an edit. */

export const CONTENT_TYPES = ["image/png", "image/jpeg", "image/webp"] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];

export const OUTPUT_FORMATS = ["png", "jpeg", "webp"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Largest upload, in bytes. */
export const MAX_UPLOAD_BYTES = 30 * 1024 * 1024;
/** Largest photo or mask, in pixels. */
export const MAX_PIXELS = 50_000_000;

/** Width and height in px. */
export interface Size {
  width: number;
  height: number;
}

/** A rectangle in px, inside the upright photo. */
export interface Rect extends Size {
  x: number;
  y: number;
}

/**
 * How a mask says "edit here".
 *
 * - `white`: luminance 255 = edit, 0 = keep, grey = partial
 * - `black`: the inverse
 * - `alpha`: transparent (alpha 0) = edit – OpenAI's rule
 * - `painted`: any alpha above 0 = edit – what a brush leaves on an empty canvas
 */
export const MASK_CONVENTIONS = ["white", "black", "alpha", "painted"] as const;
export type MaskConvention = (typeof MASK_CONVENTIONS)[number];

/** The sizes a model works at. All lengths in px. */
export type SizeRule =
  | {
      kind: "range";
      min: number;
      max: number;
      /** Sides are multiples of this. */
      multipleOf: number;
      /** The side it works best at: crops are not made smaller than this while the photo has the pixels. */
      preferred: number;
      /** Width times height. */
      minPixels?: number;
      maxPixels?: number;
      /** The longer side is at most so many times the shorter one. */
      maxAspect?: number;
    }
  | { kind: "list"; sizes: readonly Size[] };

/** Where grey does not mean partial, a pixel counts as edit from this value up, of 255: any feather does. */
export const MASK_THRESHOLD = 1;

/** What a model expects of the mask it is sent. */
export interface MaskRule {
  convention: Exclude<MaskConvention, "painted">;
  /** Whether grey means partial. Where it does not, the mask is thresholded at `MASK_THRESHOLD`. */
  soft: boolean;
}

/** `edit` of a request with its defaults applied; px of the upright photo. */
export interface EditSettings {
  crop: "auto" | "off";
  /** Context kept around the mask when cropping, px; `undefined` lets the planner choose. */
  padding?: number;
  /** Width of the soft ramp outside the (grown) mask, px. */
  feather: number;
  /** How far the mask is dilated, px. */
  grow: number;
  maskConvention: MaskConvention;
}

/**
 * Where an edit happens: enough, with the photo and the mask, to make the provider's pictures and to
 * paste its answer back. JSON; kept on the job.
 */
export interface EditPlan {
  /** The upright photo. */
  photo: Size;
  /** The part of the upright photo that is sent. */
  crop: Rect;
  /** What the provider sees. */
  work: Size;
  /** Where inside `work` the crop lies; the rest is mirrored filling that is cut away again. */
  placed: Rect;
  settings: EditSettings;
  /** The mask was painted on a scaled view of the photo and was resized to it. */
  maskScaled: boolean;
  /** Share of the photo that is edited, feather included, 0–1. */
  coverage: number;
}

/** What was measured about a finished result. */
export interface Fidelity {
  /** Pixels outside the feathered mask. */
  outsidePixels: number;
  /** How many of them differ between the decoded result and the decoded original. 0 for png and lossless webp. */
  changedOutside: number;
  /** Largest difference there, 0–255. */
  maxDifferenceOutside: number;
  /** What the provider itself did outside the mask, before its answer was pasted back. */
  providerDrift: {
    /** Share of the sent pixels outside the mask that differ by more than 2/255, 0–1. */
    changedShare: number;
    /** Mean absolute difference there, 0–255. */
    meanDifference: number;
  };
  /** The part of the photo that was sent. */
  crop: Rect;
}
