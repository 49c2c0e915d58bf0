import { ProviderFailure } from "@infill/core";
import { cleanVendorText } from "../failures.ts";
import type { JsonAnswer } from "../http.ts";
import { bounded, retryAfterSeconds } from "../retry-after.ts";
import { keyRefused, wantsMoney } from "../verdict.ts";
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

/**
 * A submit's answer that is neither success nor processing. Documented refusals – any 4xx but 408, an
 * error body under 200, "Failed, Try Again" under any status – certainly queued nothing; another 5xx, or
 * an answer that cannot be read, proves nothing.
 */
export function refusedSubmit(said: Said): ProviderFailure {
  const { http, answer } = said;
  if (isRateLimited(said)) return rateLimited(said, "no");
  // an id means that it was queued before it failed
  if (answer.state === "refused" && answer.id !== undefined) return failedWork(said);
  if (isNotReady(said)) {
    return new ProviderFailure("provider_unavailable", `${VENDOR} was not ready and took nothing`, {
      accepted: "no",
      ...wait(said),
    });
  }
  const isRefusal =
    http.status >= 400
      ? http.status < 500 && http.status !== 408
      : answer.state === "refused" && !SERVER_FAULT.test(answer.text);
  if (!isRefusal) {
    return new ProviderFailure(
      "outcome_unknown",
      `${VENDOR} may have taken the work: it answered ${http.status} with ${words(said, "a body that says nothing")}`,
      { accepted: "unknown" },
    );
  }
  if (isKeyRefused(said)) return keyRefused(VENDOR);
  if (isOutOfMoney(said)) return wantsMoney(VENDOR);
  return new ProviderFailure("provider_rejected", `${VENDOR} refused: ${words(said, `HTTP ${http.status}`)}`, {
    accepted: "no",
  });
}

/** Work that was accepted and then failed. Whether it is billed is not documented. */
export const failedWork = (said: Said): ProviderFailure =>
  new ProviderFailure("provider_rejected", `${VENDOR} failed: ${words(said, "it did not say why")}`, {
    accepted: "yes",
    retryable: isNotReady(said),
  });

/** A result that the vendor itself flags as unsafe; with the checker on, the picture is blank. */
export const flaggedUnsafe = (): ProviderFailure =>
  new ProviderFailure("content_rejected", `${VENDOR}'s safety checker flagged the result`, { accepted: "yes" });

/** A fetch that said nothing about the work: `undefined` when it did say something. */
export function unansweredFetch(said: Said): ProviderFailure | undefined {
  const { http, answer } = said;
  if (isRateLimited(said)) return rateLimited(said, "yes");
  if (isKeyRefused(said)) return keyRefused(VENDOR, "yes");
  if (http.status < 500 && http.status !== 402 && http.status !== 408 && answer.state === "refused") return undefined;
  return new ProviderFailure(
    "provider_unavailable",
    `${VENDOR} could not be asked: it answered ${http.status} with ${words(said, "a body that says nothing")}`,
    { accepted: "yes", ...wait(said) },
  );
}

const rateLimited = (said: Said, accepted: "no" | "yes"): ProviderFailure =>
  new ProviderFailure("rate_limited", `${VENDOR}'s own queue is full`, { accepted, ...wait(said) });

function wait({ http, answer, now }: Said): { retryAfterSeconds?: number } {
  const seconds =
    answer.retryAfterSeconds === undefined ? retryAfterSeconds(http.headers, now) : bounded(answer.retryAfterSeconds);
  return seconds === undefined ? {} : { retryAfterSeconds: seconds };
}

export function words({ answer, hide }: Said, otherwise: string): string {
  const cleaned = cleanVendorText(answer.text, hide);
  return cleaned === "" ? otherwise : cleaned;
}
