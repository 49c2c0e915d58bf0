import * as z from "zod";
import { parseJson } from "../http.ts";

const tokens = z.number().nonnegative().optional().catch(undefined);

const Usage = z.object({
  input_tokens: tokens,
  output_tokens: tokens,
  total_tokens: tokens,
  input_tokens_details: z.object({ image_tokens: tokens, text_tokens: tokens }).optional().catch(undefined),
});
export type Usage = z.infer<typeof Usage>;

const text = z.string().optional().catch(undefined);

const VendorError = z.object({ message: text, type: text, code: text });
/** Why something was refused, by the vendor's own names. */
export type VendorError = z.infer<typeof VendorError>;

const Picture = z.object({ b64_json: z.string().min(1) });

const Body = z.object({
  data: z.array(z.unknown()).catch([]),
  usage: Usage.optional().catch(undefined),
  error: VendorError.optional().catch(undefined),
});

/** An answer of `/v1/images/edits` that is one piece of JSON. */
export interface Answer {
  /** Base64 of each. */
  pictures: string[];
  usage?: Usage | undefined;
  error?: VendorError | undefined;
}

/** Reads any bytes at all; what is no answer has no pictures. */
export function readAnswer(bytes: Uint8Array): Answer {
  const body = Body.safeParse(parseJson(bytes));
  if (!body.success) return { pictures: [] };
  const { data, usage, error } = body.data;
  const pictures = data.flatMap((item) => {
    const picture = Picture.safeParse(item);
    return picture.success ? [picture.data.b64_json] : [];
  });
  return { pictures, usage, error };
}

/** What a stream tells of one picture. */
export type EditEvent =
  | { type: "partial"; index: number; picture: string }
  | { type: "completed"; picture: string; usage?: Usage | undefined }
  | { type: "error"; error: VendorError };

const PartialPicture = Picture.extend({ partial_image_index: z.number().int().nonnegative().catch(0) });
const CompletedPicture = Picture.extend({ usage: Usage.optional().catch(undefined) });
/** The error itself, or an object that holds it. */
const Failed = z.union([z.object({ error: VendorError }).transform(({ error }) => error), VendorError]);

/**
 * Reads the data of a server-sent event. Its name may be missing: the data has it too, as `type`.
 * @returns `undefined` for what tells nothing
 */
export function readEvent(name: string | undefined, data: string): EditEvent | undefined {
  const body = parseJson(data);
  const { type, error } = z.object({ type: text, error: z.unknown().optional() }).safeParse(body).data ?? {};
  switch (name ?? type) {
    case "image_edit.partial_image": {
      const read = PartialPicture.safeParse(body);
      return read.data && { type: "partial", index: read.data.partial_image_index, picture: read.data.b64_json };
    }
    case "image_edit.completed": {
      const read = CompletedPicture.safeParse(body);
      return read.data && { type: "completed", picture: read.data.b64_json, usage: read.data.usage };
    }
    default: {
      if ((name ?? type) !== "error" && error === undefined) return undefined;
      return { type: "error", error: Failed.safeParse(body).data ?? {} };
    }
  }
}
