import * as z from "zod";
import type { JsonAnswer } from "./http.ts";
import type { Refusal } from "./verdict.ts";

/** What a server made with FastAPI says of an error. */
export interface Detail {
  /** In its own words, field by field; empty where it says nothing. Clean before use. */
  text: string;
  /** The kinds of error, as the server names them: `content_policy_violation`. */
  types: readonly string[];
}

// `input` stays unread: it repeats what was sent, prompt and pictures
const Problem = z.object({
  loc: z.array(z.union([z.string(), z.number()])).catch([]),
  msg: z.string().catch(""),
  type: z.string().catch(""),
});
const Said = z.object({ detail: z.union([z.string(), z.array(Problem), Problem]) });

/** Reads `{detail}`, which holds a sentence or a list of `{loc, msg, type}`; the list may also come bare. */
export function readDetail(body: unknown): Detail {
  const { data } = Said.safeParse(Array.isArray(body) ? { detail: body } : body);
  if (data === undefined) return { text: "", types: [] };
  if (typeof data.detail === "string") return { text: data.detail, types: [] };
  const problems = [data.detail].flat();
  return {
    text: problems.map(({ loc, msg }) => (loc.length === 0 ? msg : `${loc.join(".")}: ${msg}`)).join("; "),
    types: problems.map(({ type }) => type),
  };
}

/** What a verdict on such a server's answer is drawn from. */
export const refusalOf = (
  vendor: string,
  { status, headers, body }: JsonAnswer,
  hide: readonly string[],
  now: number,
): Refusal => ({ vendor, status, headers, text: readDetail(body).text, hide, now });
