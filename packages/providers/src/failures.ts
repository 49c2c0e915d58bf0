import { InfillError, ProviderFailure } from "@infill/core";
import { HttpFailure } from "./http-failure.ts";

/**
 * Does what comes before the request leaves: reading keys and pictures. Whatever goes wrong there, the
 * vendor has not been asked.
 * @throws ProviderFailure `accepted: "no"`
 */
export async function beforeSending<T>(vendor: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProviderFailure) throw error;
    if (error instanceof InfillError) {
      throw new ProviderFailure(error.code, error.message, { ...error.options, accepted: "no" });
    }
    throw new ProviderFailure("internal", `The request to ${vendor} could not be made`, { accepted: "no" });
  }
}

/** A submit that got no answer: sent or not is all that counts. */
export function unansweredSubmit(vendor: string, error: unknown): ProviderFailure {
  if (!(error instanceof HttpFailure)) throw error;
  if (error.sent === "maybe") {
    return new ProviderFailure("outcome_unknown", `${vendor} may have taken the work: ${error.message}`, {
      accepted: "unknown",
    });
  }
  return new ProviderFailure("provider_unavailable", `${vendor} was not reached: ${error.message}`, {
    accepted: "no",
    // a base URL that is not to be requested stays so
    retryable: error.reason !== "unsafe-url",
  });
}

/** A question about accepted work that got no answer; the work may still be going on. */
export function unansweredQuestion(vendor: string, error: unknown): ProviderFailure {
  if (!(error instanceof HttpFailure)) throw error;
  return new ProviderFailure("provider_unavailable", `${vendor} could not be asked: ${error.message}`, {
    accepted: "yes",
    retryable: error.reason !== "unsafe-url",
  });
}

/** A result that could not be fetched. A link that may yet work is worth another try. */
export function unfetchedResult(vendor: string, error: unknown): ProviderFailure {
  if (!(error instanceof HttpFailure)) throw error;
  const final = error.reason === "unsafe-url" || error.reason === "redirects" || error.reason === "too-large";
  return new ProviderFailure(
    final ? "provider_rejected" : "provider_unavailable",
    `${vendor}'s result could not be fetched: ${error.message}`,
    { accepted: "yes", retryable: !final },
  );
}

/** So much of a vendor's words is looked at, for 300 characters to be left when URLs and white space have gone. */
const LOOKED_AT = 8_192;

/**
 * A vendor's words as they may be shown and stored: one line, at most 300 characters, without control
 * characters, without URLs (ours are signed) and without what it repeats of the request.
 * @param hide what must not come back: keys, prompts
 */
export function cleanVendorText(text: string, hide: readonly string[]): string {
  const hidden = hide
    .flatMap((secret) => [secret, onOneLine(secret)])
    // shorter ones give nothing away, and are part of ordinary words
    .filter((secret) => secret.length > 3)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, "[…]"), text);
  const line = hidden
    // an answer may have tens of megabytes; cut only here, where no secret can be cut in two
    .slice(0, LOOKED_AT)
    // a scheme of any length would be looked for from each of its characters anew
    .replace(/[a-z][a-z0-9+.-]{0,31}:\/\/\S+/gi, "[…]")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control and bidi characters are what is dropped
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

/** As a vendor repeats it that has put it in a line of its own. */
const onOneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
