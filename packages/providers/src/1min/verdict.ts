import { ProviderFailure } from "@infill/core";
import * as z from "zod";
import { parseJson } from "../http.ts";
import {
  keyRefused,
  promptRefused,
  type Refusal,
  rateLimited,
  refusedSubmit,
  unclear,
  wantsMoney,
} from "../verdict.ts";

export const VENDOR = "1min.ai";
export const VENDOR_URL = "https://api.1min.ai";

/** The body of a refusal, as far as it is one. */
const Refused = z
  .object({ errorCode: z.string().catch(""), message: z.string().catch(""), details: z.unknown().optional() })
  .catch({ errorCode: "", message: "" });

/** `details` of a missing or wrong field. */
const Fields = z.array(z.object({ field: z.string().catch(""), message: z.string().catch("") })).catch([]);

/** `details` of a maker's refusal, which its HTTP client's error is put into as it comes. */
const Upstream = z.object({ response: z.object({ status: z.int(), data: z.unknown().optional() }) });

/** Codes by which OpenAI and Stability tell moderation from other refusals. */
const MODERATED = /\b(moderation_blocked|content_policy_violation|content_moderation)\b/;

// the bodies of these two are not established: their statuses count first, and then the words
const NO_MONEY = /\b(insufficient|not enough|out of|no) credits?\b|insufficient_credits?/i;
const RATE_LIMITED = /rate[ _]?limit|too[ _]many[ _]requests/i;

/**
 * What an answer means that is neither a record of work nor a success.
 *
 * Most refusals come under 400 and differ by `errorCode`. `UNKNOWN_ERROR`, and a 400 that names no code at all,
 * prove nothing: they may stand for a fault after the work was done. 5xx – 522 is seen – proves as little.
 */
export function refusedFeature(answer: Omit<Refusal, "text">, body: unknown): ProviderFailure {
  const { errorCode, message, details } = Refused.parse(body);
  const refusal: Refusal = { ...answer, text: wordsOf(body) };
  const { status } = answer;
  if (status < 400 || status >= 500) return unclear(VENDOR, status);
  if (status === 401 || errorCode === "INVALID_AUTH_TOKEN") return keyRefused(VENDOR);
  if (errorCode === "EXTERNAL_API_RESPONSE_WITH_ERROR") return refusedUpstream(refusal, details);
  const words = `${errorCode} ${message}`;
  if (status === 402 || NO_MONEY.test(words)) return wantsMoney(VENDOR);
  if (status === 429 || RATE_LIMITED.test(words)) return rateLimited(refusal);
  if (status === 400 && (errorCode === "" || errorCode === "UNKNOWN_ERROR")) return unclear(VENDOR, status);
  return refusedSubmit(refusal);
}

/**
 * The maker of the model answered 1min.ai with an error, which it reports as "a bit busy" whatever it was: the
 * status inside decides. A 4xx there means that the request broke the maker's rules and nothing was made. No
 * record of work exists then, which is what work is asked after and billed by here, so it counts as not taken;
 * whether credits went nevertheless is not documented, and holding every mistyped parameter against a budget
 * until somebody looks at the account would be the worse guess. It is not sent again. Any other status, or
 * none, proves nothing.
 */
function refusedUpstream(refusal: Refusal, details: unknown): ProviderFailure {
  const upstream = Upstream.safeParse(unpacked(details)).data?.response;
  const status = upstream?.status ?? 0;
  if (status < 400 || status >= 500 || status === 408) return unclear(VENDOR, refusal.status);
  if (OF_THE_PLATFORM[status] !== undefined) return makerRefuses(OF_THE_PLATFORM[status]);
  const words = wordsIn(upstream?.data).join(" ");
  const said = { ...refusal, text: `the model's maker answered ${status}${words === "" ? "" : `: ${words}`}` };
  if (MODERATED.test(JSON.stringify(upstream?.data) ?? "")) return promptRefused(said);
  return refusedSubmit({ ...said, status: 400 });
}

/** What the platform itself got from the maker: its own account there is at fault, and not this request. */
const OF_THE_PLATFORM: Readonly<Record<number, string>> = {
  401: "its key",
  402: "its account's balance",
  403: "its account",
  429: "any more of its requests just now",
};

/** Not sent again here; somebody else may be asked. */
const makerRefuses = (what: string): ProviderFailure =>
  new ProviderFailure("provider_unavailable", `${VENDOR} cannot serve this model: its maker refused ${what}`, {
    accepted: "no",
    retryable: false,
  });

/** `details` is JSON in a string. */
const unpacked = (details: unknown): unknown => (typeof details === "string" ? parseJson(details) : details);

/** What a refusal says, field by field where it does. */
export function wordsOf(body: unknown): string {
  const { message, details } = Refused.parse(body);
  const fields = Fields.parse(unpacked(details)).map(({ field, message: problem }) => `${field}: ${problem}`);
  return [message, fields.join("; ")].filter(Boolean).join(" ");
}

/** The sentences in a maker's own error, by the names that they go by. */
function wordsIn(data: unknown, depth = 0): string[] {
  if (typeof data === "string") return [data];
  if (typeof data !== "object" || data === null || depth > 2) return [];
  if (Array.isArray(data)) return data.flatMap((item) => wordsIn(item, depth + 1));
  return Object.entries(data).flatMap(([name, value]) =>
    ["error", "errors", "message"].includes(name) ? wordsIn(value, depth + 1) : [],
  );
}
