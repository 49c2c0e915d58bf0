import { ProviderFailure } from "@infill/core";
import { cleanVendorText } from "./failures.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/** An answer that is not the work: what a verdict is drawn from. */
export interface Refusal {
  vendor: string;
  status: number;
  headers: Headers;
  /** The vendor's own words, as they came. */
  text: string;
  /** What must not come back in a message: keys, prompts. */
  hide: readonly string[];
  /** ms since the epoch. */
  now: number;
}

/** Their words as they may be shown, or else the status. */
const words = ({ text, hide, status }: Refusal): string => cleanVendorText(text, hide) || `HTTP ${status}`;

const waitOf = ({ headers, now }: Refusal): { retryAfterSeconds?: number } => {
  const seconds = retryAfterSeconds(headers, now);
  return seconds === undefined ? {} : { retryAfterSeconds: seconds };
};

/** The same answer, where it does not say how long to stay away but the vendor's documentation does. */
export function waiting(refusal: Refusal, seconds: number): Refusal {
  if (retryAfterSeconds(refusal.headers, refusal.now) !== undefined) return refusal;
  const headers = new Headers(refusal.headers);
  headers.set("retry-after", String(seconds));
  return { ...refusal, headers };
}

/** It says that the request breaks its rules. */
export const rejected = (refusal: Refusal): ProviderFailure =>
  new ProviderFailure("provider_rejected", `${refusal.vendor} refused: ${words(refusal)}`, { accepted: "no" });

/** Its moderation refused the request itself. @param accepted whether that counts as taken work */
export const promptRefused = (refusal: Refusal, accepted: "no" | "yes" = "no"): ProviderFailure =>
  new ProviderFailure("content_rejected", `${refusal.vendor}'s moderation refused: ${words(refusal)}`, {
    accepted,
    charged: "no",
  });

/** The key is the operator's, so the caller can do nothing about it. */
export const keyRefused = (vendor: string, accepted: "no" | "yes" = "no"): ProviderFailure =>
  new ProviderFailure("provider_unavailable", `${vendor} refused the configured key`, { accepted, retryable: false });

export const wantsMoney = (vendor: string): ProviderFailure =>
  new ProviderFailure("provider_unavailable", `${vendor} wants the account topped up first`, {
    accepted: "no",
    retryable: false,
  });

export const rateLimited = (refusal: Refusal, accepted: "no" | "yes" = "no"): ProviderFailure =>
  new ProviderFailure("rate_limited", `${refusal.vendor} takes no more requests just now`, {
    accepted,
    ...waitOf(refusal),
  });

/** It says that it took nothing, and may take it later. */
export const notReady = (refusal: Refusal): ProviderFailure =>
  new ProviderFailure("provider_unavailable", `${refusal.vendor} was not ready and took nothing`, {
    accepted: "no",
    ...waitOf(refusal),
  });

/** An answer that proves nothing: the work may have been taken, and paid for. */
export const unclear = (vendor: string, status: number): ProviderFailure =>
  new ProviderFailure(
    "outcome_unknown",
    `${vendor} may have taken the work: it answered ${status} with something that cannot be read`,
    { accepted: "unknown" },
  );

/**
 * What a submit's status means where the vendor's documentation says nothing else of it: any 4xx but 408
 * is a refusal before the work, a 5xx proves nothing.
 */
export function refusedSubmit(refusal: Refusal): ProviderFailure {
  const { status, vendor } = refusal;
  if (status === 401 || status === 403) return keyRefused(vendor);
  if (status === 402) return wantsMoney(vendor);
  if (status === 429) return rateLimited(refusal);
  if (status >= 400 && status < 500 && status !== 408) return rejected(refusal);
  return unclear(vendor, status);
}

/** A question about accepted work that was not answered; the work may still be going on. */
export function unansweredQuestion(refusal: Refusal): ProviderFailure {
  const { status, vendor } = refusal;
  if (status === 401 || status === 403) return keyRefused(vendor, "yes");
  if (status === 429) return rateLimited(refusal, "yes");
  return new ProviderFailure("provider_unavailable", `${vendor} could not be asked: it answered ${status}`, {
    accepted: "yes",
    ...waitOf(refusal),
  });
}

/** Accepted work that failed, by the vendor's own account. @param retryable it may succeed the next time */
export const failedWork = (
  refusal: Pick<Refusal, "vendor" | "text" | "hide">,
  charged: "no" | "unknown" = "unknown",
  retryable = false,
): ProviderFailure =>
  new ProviderFailure(
    "provider_rejected",
    `${refusal.vendor} failed: ${cleanVendorText(refusal.text, refusal.hide) || "it did not say why"}`,
    { accepted: "yes", charged, retryable },
  );

/** A result that its moderation withheld, or blanked. */
export const resultWithheld = (vendor: string, charged: "no" | "unknown" | "yes" = "unknown"): ProviderFailure =>
  new ProviderFailure("content_rejected", `${vendor}'s moderation withheld the result`, { accepted: "yes", charged });
