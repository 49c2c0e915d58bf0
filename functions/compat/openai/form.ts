import { InfillError } from "@infill/core";
import { MultipartParseError, parseMultipartRequest } from "@remix-run/multipart-parser";
import type { Context } from "hono";
import { readJson } from "../../api/json.ts";
import type { Picture } from "../ask.ts";
import type { CompatDeps, CompatEnv } from "../context.ts";
import { readReference } from "./reference.ts";

/** What a request holds, before anyone looks at what it means. */
export interface Form {
  fields: Record<string, unknown>;
  image?: Picture;
  mask?: Picture;
}

const MAX_PARTS = 64;
const NUMBERS = new Set(["n", "output_compression", "partial_images"]);

/**
 * Reads either form of the request: multipart, as every client sends it, or JSON, which names its pictures.
 * The body's length was limited before.
 * @throws InfillError `invalid_request`, or `unsupported_option` for a second image
 */
export async function readForm(c: Context<CompatEnv>, deps: CompatDeps): Promise<Form> {
  const type = c.req.header("content-type") ?? "";
  if (/^multipart\/form-data\b/i.test(type)) return readMultipart(c.req.raw, deps.maxBodyBytes);
  if (/^application\/json\b/i.test(type)) return readJsonForm(c);
  throw new InfillError("invalid_request", "Send multipart/form-data, or JSON with Content-Type: application/json", {
    status: 415,
  });
}

async function readMultipart(request: Request, maxBytes: number): Promise<Form> {
  const limits = { maxFileSize: maxBytes, maxTotalSize: maxBytes, maxParts: MAX_PARTS };
  const fields = new Map<string, unknown>();
  const pictures: Omit<Form, "fields"> = {};
  try {
    for await (const part of parseMultipartRequest(request, limits)) {
      const name = part.name ?? "";
      const picture = pictureNamed(name);
      if (picture === undefined) {
        if (part.isFile) throw refusal(name, "is not a file that an edit takes; there are image and mask");
        if (fields.has(name)) throw refusal(name, "was sent twice");
        // it would be lost on its way into an object
        if (name === "__proto__") throw refusal(name, "is not a known field");
        fields.set(name, decoded(name, part.text));
      } else {
        if (!part.isFile) throw refusal(picture, "must be a file in a multipart request");
        if (pictures[picture] !== undefined) throw picture === "image" ? several() : refusal(name, "was sent twice");
        pictures[picture] = { bytes: part.bytes };
      }
    }
  } catch (error) {
    if (!(error instanceof MultipartParseError)) throw error;
    throw new InfillError("invalid_request", `The multipart body cannot be read: ${error.message}`);
  }
  return { ...pictures, fields: withoutEmpty(Object.fromEntries(fields)) };
}

/** `image`, `image[]`, `image[0]`; `mask`. */
const pictureNamed = (name: string): "image" | "mask" | undefined =>
  /^image(\[\d*\])?$/.test(name) ? "image" : name === "mask" ? "mask" : undefined;

const several = (): InfillError =>
  new InfillError("unsupported_option", "/image: the models here edit one image; send one, and its mask", {
    pointer: "/image",
  });

/** A form knows text only. */
function decoded(name: string, text: string): unknown {
  if (name === "prompt" || name === "model") return text;
  if (text === "" || text === "null") return null;
  if (NUMBERS.has(name)) return /^\d{1,6}$/.test(text) ? Number(text) : text;
  if (name === "stream") return text === "true" ? true : text === "false" ? false : text;
  return text;
}

async function readJsonForm(c: Context<CompatEnv>): Promise<Form> {
  const body = await readJson(c);
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new InfillError("invalid_request", "The body must be a JSON object");
  const { images = [], mask, ...fields } = body as Record<string, unknown>;
  if (!Array.isArray(images)) throw refusal("images", 'must be a list: [{"image_url": "data:image/png;base64,…"}]');
  if (images.length > 1) throw several();
  const [image] = images;
  return {
    fields: withoutEmpty(fields),
    ...(image === undefined ? {} : { image: readReference(image, "/images/0") }),
    ...(mask === undefined || mask === null ? {} : { mask: readReference(mask, "/mask") }),
  };
}

/** A null asks for nothing. */
const withoutEmpty = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

const refusal = (name: string, detail: string): InfillError =>
  new InfillError("invalid_request", `/${name}: ${detail}`, { pointer: `/${name}` });
