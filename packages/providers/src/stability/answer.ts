import * as z from "zod";

/** An answer of Stability's, of any status: what is not there or of another type is left out. */
export interface StabilityAnswer {
  /** base64 */
  image?: string | undefined;
  /** `SUCCESS` or `CONTENT_FILTERED`. */
  finishReason?: string | undefined;
  /** Of an error: `content_moderation`. */
  name?: string | undefined;
  /** An error's own words. */
  text: string;
  /** Of `GET /v1/user/balance`. */
  credits?: number | undefined;
}

const text = z.string().optional().catch(undefined);
const Body = z.object({
  image: text,
  finish_reason: text,
  name: text,
  errors: z.array(z.string()).catch([]),
  message: text,
  credits: z.number().optional().catch(undefined),
});

/** Reads any value at all. */
export function readAnswer(body: unknown): StabilityAnswer {
  const parsed = Body.safeParse(body);
  if (!parsed.success) return { text: "" };
  const { image, finish_reason, name, errors, message, credits } = parsed.data;
  const said = errors.length > 0 ? errors.join(" ") : (message ?? "");
  return { image, finishReason: finish_reason, name, text: said, credits };
}
