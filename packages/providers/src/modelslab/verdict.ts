import type { ProviderFailure } from "@infill/core";
import type { JsonAnswer } from "../http.ts";
import {
  failedWork as failed,
  keyRefused,
  notReady,
  type Refusal,
  rateLimited,
  rejected,
  resultWithheld,
  unansweredQuestion,
  unclear,
  wantsMoney,
} from "../verdict.ts";
import type { VendorAnswer } from "./answer.ts";

export const VENDOR = "ModelsLab";
export const VENDOR_URL = "https://modelslab.com";

/** What a verdict may be drawn from. */
export interface Said {
  http: Pick<JsonAnswer, "status" | "headers">;
  answer: VendorAnswer;
  /** What must not come back in a message. */
  hide: readonly string[];
  /** ms since the epoch. */
  now: number;
}

/**
 * Under HTTP 200 the vendor tells these apart by words alone. `NOT_READY` is documented for submits as
 * "warming up, nothing was queued", with a status of its own in newer pages; a fault of the vendor's
 * server under 200 proves as little as its 500.
 */
const RATE_LIMITED = /rate limit|too many requests/i;
const KEY_REFUSED = /invalid api key/i;
const NO_MONEY = /\b(out of credits?|(enough|insufficient|no) (credits?|balance|funds))\b/i;
const NOT_READY = /^failed,? try again\b/i;
export const SERVER_FAULT = /server error|unavailable/i;

export const isRateLimited = ({ http, answer }: Said): boolean =>
  http.status === 429 || (http.status < 500 && answer.state === "refused" && RATE_LIMITED.test(answer.text));

export const isKeyRefused = ({ http, answer }: Said): boolean =>
  http.status === 401 ||
  http.status === 403 ||
  (http.status < 500 && answer.state === "refused" && KEY_REFUSED.test(answer.text));

const isOutOfMoney = ({ http, answer }: Said): boolean =>
  http.status === 402 || (http.status < 500 && answer.state === "refused" && NO_MONEY.test(answer.text));
export const isNotReady = ({ answer }: Said): boolean => answer.state === "refused" && NOT_READY.test(answer.text);

/** As any vendor's: how long to stay away, the body says before the headers. */
const refusalOf = ({ http, answer, hide, now }: Said): Refusal => {
  const { retryAfterSeconds } = answer;
  const headers =
    retryAfterSeconds === undefined
      ? http.headers
      : new Headers({ "retry-after": String(Math.ceil(retryAfterSeconds)) });
  return { vendor: VENDOR, status: http.status, headers, text: answer.text, hide, now };
};

/**
 * A submit's answer that is neither success nor processing. Documented refusals – any 4xx but 408, an
 * error body under 200, "Failed, Try Again" under any status – certainly queued nothing; another 5xx, or
 * an answer that cannot be read, proves nothing.
 */
export function refusedSubmit(said: Said): ProviderFailure {
  const { http, answer } = said;
  const refusal = refusalOf(said);
  if (isRateLimited(said)) return rateLimited(refusal);
  // an id means that it was queued before it failed
  if (answer.state === "refused" && answer.id !== undefined) return failedWork(said);
  if (isNotReady(said)) return notReady(refusal);
  const isRefusal =
    http.status >= 400
      ? http.status < 500 && http.status !== 408
      : answer.state === "refused" && !SERVER_FAULT.test(answer.text);
  if (!isRefusal) return unclear(VENDOR, http.status);
  if (isKeyRefused(said)) return keyRefused(VENDOR);
  if (isOutOfMoney(said)) return wantsMoney(VENDOR);
  return rejected(refusal);
}

/** Work that was accepted and then failed. Whether it is billed is not documented. */
export const failedWork = (said: Said): ProviderFailure => failed(refusalOf(said), "unknown", isNotReady(said));

/** A result that the vendor itself flags as unsafe; with the checker on, the picture is blank. */
export const flaggedUnsafe = (): ProviderFailure => resultWithheld(VENDOR);

/** A fetch that said nothing about the work: `undefined` when it did say something. */
export function unansweredFetch(said: Said): ProviderFailure | undefined {
  const { http, answer } = said;
  const refusal = refusalOf(said);
  if (isRateLimited(said)) return rateLimited(refusal, "yes");
  if (isKeyRefused(said)) return keyRefused(VENDOR, "yes");
  if (http.status < 500 && http.status !== 402 && http.status !== 408 && answer.state === "refused") return undefined;
  return unansweredQuestion(refusal);
}
