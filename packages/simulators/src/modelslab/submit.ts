import { isLoopbackName } from "../pictures.ts";
import { type Fields, fieldReader, type Problems } from "./fields.ts";

/** An inpainting request that keeps every documented rule, its sloppy values read. */
export interface Submit {
  key: string;
  prompt: string;
  negativePrompt: string | null;
  /** An http(s) URL, or base64 (bare or a data URI) where `base64` is true. */
  initImage: string;
  maskImage: string;
  /** px */
  width: number;
  height: number;
  samples: number;
  steps: number;
  guidanceScale: number;
  strength: number;
  safetyChecker: boolean;
  enhancePrompt: boolean;
  instantResponse: boolean;
  base64: boolean;
  seed: number | null;
  webhook: string | null;
  /** Exactly as it came, type included. */
  trackId: string | number | null;
}

/**
 * Checks a body by the vendor's reference: required `key, prompt, init_image, mask_image`; sides 256–1024 px divisible
 * by 8, 512 by default; `samples` 1–4; `guidance_scale` a whole number 1–5; `strength` 0–1.
 * @returns the request, or what is wrong with each field
 */
export function parseSubmit(body: Fields): { submit: Submit } | { problems: Problems } {
  const problems: Problems = {};
  const read = fieldReader(body, problems);
  const base64 = read.flag("base64", false);

  const side = (name: "width" | "height") => {
    const value = read.integer(name, 512, 256, 1024);
    if (value % 8 !== 0) read.complain(name, `${name} must be divisible by 8`);
    return value;
  };
  const image = (name: "init_image" | "mask_image") => {
    const value = read.required(name);
    if (value === "") return value;
    const spoken = name.replace("_", " ");
    if (base64 && base64Bytes(value) === undefined) {
      read.complain(name, `The ${spoken} must be a valid base64 string.`);
    }
    if (!base64 && !isHttpUrl(value)) read.complain(name, `The ${spoken} must be a valid URL.`);
    return value;
  };
  const webhook = () => {
    const value = read.text("webhook");
    if (value === null || isCallable(value)) return value;
    read.complain("webhook", "The webhook must be a valid https URL.");
    return null;
  };
  const trackId = () => {
    const value = read.given("track_id");
    if (value === undefined) return null;
    if (typeof value === "string" || Number.isInteger(value)) return value as string | number;
    read.complain("track_id", "The track id must be an integer.");
    return null;
  };

  const submit: Submit = {
    key: read.required("key"),
    prompt: read.required("prompt"),
    negativePrompt: read.text("negative_prompt"),
    initImage: image("init_image"),
    maskImage: image("mask_image"),
    width: side("width"),
    height: side("height"),
    samples: read.integer("samples", 1, 1, 4),
    steps: read.integer("num_inference_steps", 30, 1),
    guidanceScale: read.integer("guidance_scale", 5, 1, 5),
    strength: read.decimal("strength", 0.7, 0, 1),
    safetyChecker: read.flag("safety_checker", false),
    enhancePrompt: read.flag("enhance_prompt", true),
    instantResponse: read.flag("instant_response", false),
    base64,
    seed: read.integer("seed", null),
    webhook: webhook(),
    trackId: trackId(),
  };
  return Object.keys(problems).length === 0 ? { submit } : { problems };
}

/** The bytes of a data URI or of bare base64; `undefined` where the text is neither. */
export function base64Bytes(text: string): Buffer | undefined {
  const bare = text.replace(/^data:image\/[a-z+]+;base64,/, "");
  return bare.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(bare) ? Buffer.from(bare, "base64") : undefined;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && ["http:", "https:"].includes(new URL(text).protocol);
}

/** The vendor calls https only; plain http to this very machine is let through so that local play works. */
function isCallable(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && isLoopbackName(hostname));
}
