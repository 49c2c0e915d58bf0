import * as z from "zod";

/** An answer of `InvokeModel`, of any status: what is not there or of another type is left out. */
export interface BedrockAnswer {
  /** base64 */
  image?: string | undefined;
  /** `null`: it is done. `Filter reason: …` or `Inference error`; `undefined` where the answer has none. */
  finishReason?: string | null | undefined;
  /** An error's words. */
  text: string;
  /** An error's name where the body has it. */
  type: string;
}

const Body = z.object({
  images: z.array(z.string()).catch([]),
  finish_reasons: z.array(z.string().nullable()).catch([]),
  message: z.string().catch(""),
  __type: z.string().catch(""),
});

/** Reads any value at all. */
export function readAnswer(body: unknown): BedrockAnswer {
  const parsed = Body.safeParse(body);
  if (!parsed.success) return { text: "", type: "" };
  const { images, finish_reasons, message, __type } = parsed.data;
  return { image: images[0], finishReason: finish_reasons[0], text: message, type: __type };
}

/** Longer than the name of any error, with its namespace. */
const LONGEST_NAME = 200;

/**
 * The name of an error, without what AWS puts around it: `ThrottlingException:http://internal…` in a header,
 * or `com.amazon.coral#ThrottlingException` in the body.
 */
export const errorType = ({ type }: BedrockAnswer, headers: Headers): string =>
  /\w*$/.exec((headers.get("x-amzn-errortype") ?? type).split(":", 1)[0]?.slice(-LONGEST_NAME) ?? "")?.[0] ?? "";
