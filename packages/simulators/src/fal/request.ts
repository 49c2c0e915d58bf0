import { checkFields, type FieldRule, type Problem, problem } from "../fastapi.ts";
import { fetchPicture, openPicture, type Picture, PictureError, type PictureSource } from "../pictures.ts";

/** The input schema of the model's page. */
const FILL_INPUT: Readonly<Record<string, FieldRule>> = {
  prompt: { type: "string", required: true },
  image_url: { type: "string", required: true },
  mask_url: { type: "string", required: true },
  seed: { type: "integer" },
  sync_mode: { type: "boolean" },
  num_images: { type: "integer", min: 1, max: 4 },
  output_format: { type: "string", values: ["jpeg", "png"] },
  safety_tolerance: { type: "string", values: ["1", "2", "3", "4", "5", "6"] },
  enhance_prompt: { type: "boolean" },
};

/** The pictures of an input, or what is wrong with it: both are links or data URIs, and equally large. */
export async function readFill(
  body: Readonly<Record<string, unknown>>,
  source: PictureSource,
): Promise<{ photo: Picture; mask: Picture } | Problem[]> {
  const problems = checkFields(body, FILL_INPUT);
  if (problems.length > 0) return problems;
  const [photo, mask] = await Promise.all([
    download(String(body["image_url"]), source),
    download(String(body["mask_url"]), source),
  ]);
  if (photo === undefined) return [problem("image_url", "Failed to download the file", "file_download_error")];
  if (mask === undefined) return [problem("mask_url", "Failed to download the file", "file_download_error")];
  if (photo.width !== mask.width || photo.height !== mask.height) {
    return [problem("mask_url", "The mask must have the dimensions of the image")];
  }
  return { photo, mask };
}

async function download(url: string, source: PictureSource): Promise<Picture | undefined> {
  const [, base64] = /^data:image\/\w+;base64,([A-Za-z0-9+/]+={0,2})$/.exec(url) ?? [];
  if (base64 === undefined && !/^https?:/.test(url)) return undefined;
  const picture = base64 === undefined ? fetchPicture(url, source) : openPicture(Buffer.from(base64, "base64"));
  return await picture.catch((error) => {
    if (error instanceof PictureError) return undefined;
    throw error;
  });
}
