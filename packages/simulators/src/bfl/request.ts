import { checkFields, type FieldRule, type Problem, problem } from "../fastapi.ts";
import { isBlackAndWhite, openPicture, type Picture } from "../pictures.ts";

/** `FluxProFillInputs` of the vendor's OpenAPI document. */
const FILL_INPUTS: Readonly<Record<string, FieldRule>> = {
  image: { type: "string", required: true },
  // documented as optional beside an image with alpha, which nobody here sends
  mask: { type: "string", required: true },
  prompt: { type: "string" },
  steps: { type: "integer", min: 15, max: 50 },
  prompt_upsampling: { type: "boolean" },
  seed: { type: "integer" },
  guidance: { type: "number", min: 1.5, max: 100 },
  output_format: { type: "string", values: ["jpeg", "png"] },
  safety_tolerance: { type: "integer", min: 0, max: 6 },
  webhook_url: { type: "string", maxLength: 2083 },
  webhook_secret: { type: "string" },
};

/** A request that keeps every documented rule. */
export interface FillRequest {
  photo: Picture;
  mask: Picture;
  prompt: string;
  seed: number | undefined;
  webhook: { url: string; secret: string | undefined } | undefined;
}

/** @returns the request, or what is wrong with each field: the mask is pure black and white and as large as the image */
export async function readFill(body: Readonly<Record<string, unknown>>): Promise<FillRequest | Problem[]> {
  const problems = checkFields(body, FILL_INPUTS);
  if (problems.length > 0) return problems;
  const [photo, mask] = await Promise.all([picture(body["image"]), picture(body["mask"])]);
  if (photo === undefined) return [problem("image", "Input should be a base64-encoded image")];
  if (mask === undefined) return [problem("mask", "Input should be a base64-encoded image")];
  if (photo.width !== mask.width || photo.height !== mask.height) {
    return [problem("mask", "The mask must have the dimensions of the image")];
  }
  if (!(await isBlackAndWhite(mask))) return [problem("mask", "The mask must be black and white")];
  const { prompt, seed, webhook_url: url, webhook_secret: secret } = body;
  if (typeof url === "string" && !URL.canParse(url)) {
    return [problem("webhook_url", "Input should be a valid URL", "url_parsing")];
  }
  return {
    photo,
    mask,
    prompt: typeof prompt === "string" ? prompt : "",
    seed: typeof seed === "number" ? seed : undefined,
    webhook: typeof url === "string" ? { url, secret: typeof secret === "string" ? secret : undefined } : undefined,
  };
}

async function picture(text: unknown): Promise<Picture | undefined> {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return await openPicture(Buffer.from(text, "base64")).catch(() => undefined);
}
