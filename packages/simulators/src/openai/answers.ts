import sharp from "sharp";
import { hash32 } from "../random.ts";
import type { OpenAiBehaviour } from "./behaviour.ts";
import type { Edit } from "./edit.ts";
import { pictureTokens } from "./models.ts";
import { errorBody, type OpenAiRefusal, REFUSALS } from "./refusals.ts";

/** Each partial picture's, whatever its size. */
const PARTIAL_TOKENS = 100;

/** Tokens of so many results. */
export function usage(edit: Edit, n: number, told: OpenAiBehaviour["usage"] = "full") {
  if (told === "absent") return {};
  const text_tokens = Math.ceil(edit.prompt.length / 4);
  const image_tokens = 323 * (edit.mask === undefined ? 1 : 2);
  const partials = edit.stream ? edit.partials * PARTIAL_TOKENS : 0;
  const output_tokens = n * (pictureTokens(edit.model, edit) + partials);
  const input_tokens = text_tokens + image_tokens;
  return {
    usage: {
      input_tokens,
      ...(told === "full" ? { input_tokens_details: { image_tokens, text_tokens } } : {}),
      output_tokens,
      total_tokens: input_tokens + output_tokens,
    },
  };
}

const looks = ({ background, format, quality, width, height }: Edit) => ({
  background: background === "auto" ? "opaque" : background,
  output_format: format,
  quality: quality === "auto" ? "medium" : quality,
  size: `${width}x${height}`,
});

const base64 = (picture: Uint8Array) => Buffer.from(picture).toString("base64");

/** All results in one piece of JSON. @param at s since the epoch */
export const wholeAnswer = (
  edit: Edit,
  pictures: readonly Uint8Array[],
  at: number,
  told: OpenAiBehaviour["usage"],
) => ({
  created: at,
  ...looks(edit),
  data: pictures.map((picture) => ({ b64_json: base64(picture) })),
  ...usage(edit, pictures.length, told),
});

/** The stream's events, in order. @param at s since the epoch */
export async function events(
  edit: Edit,
  pictures: readonly Uint8Array[],
  at: number,
  { stream = "completed", usage: told }: OpenAiBehaviour,
): Promise<string[]> {
  const sent: string[] = [];
  const about = { created_at: at, ...looks(edit) };
  for (const picture of pictures) {
    for (let index = 0; index < edit.partials; index += 1) {
      const partial = { b64_json: base64(await unfinished(picture, edit, index)), partial_image_index: index };
      sent.push(event("image_edit.partial_image", { ...partial, ...about }));
      if (stream === "cut-short") return sent;
      if (stream !== "completed") return [...sent, errorEvent(FAILURES[stream])];
    }
    sent.push(event("image_edit.completed", { b64_json: base64(picture), ...about, ...usage(edit, 1, told) }));
  }
  return sent;
}

const FAILURES = { moderated: REFUSALS.moderation, failed: REFUSALS["server-error"] };

export const errorEvent = (refusal: OpenAiRefusal): string =>
  event("error", { type: "error", error: errorBody(refusal) });

const event = (type: string, data: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

/** A quarter of the size, and blurred, the less the later. */
async function unfinished(picture: Uint8Array, { width, format }: Edit, index: number): Promise<Uint8Array> {
  return await sharp(picture)
    .resize(width >> 2)
    .blur(4 / (index + 1))
    .toFormat(format)
    .toBuffer();
}

/** Where the random numbers of a result begin. */
export const seedOf = (edit: Edit, index: number): number => hash32(`${edit.model.id}\n${index}`);
