import { baseUrlOf } from "./base-url.ts";
import { cleanVendorText } from "./failures.ts";
import type { JsonAnswer } from "./http.ts";
import { HttpFailure } from "./http-failure.ts";
import type { KeyVerdict } from "./key-verdict.ts";
import type { ProviderDeps } from "./load.ts";

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** What is asked below the vendor's address: by GET, unless there is a body. */
export interface Question {
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** The verdicts on a key, in a vendor's name. */
export interface Verdicts {
  works(more?: string): KeyVerdict;
  /** @param why the vendor's own words, which are cleaned here, or else what stands for them */
  refused(why: string): KeyVerdict;
  wantsMoney(): KeyVerdict;
  unclear(answered: string): KeyVerdict;
}

/**
 * Asks a vendor something that costs nothing and that only a good key is answered. Never rejects.
 * @param judge asks, once or more, and says what the answers tell
 */
export async function askAboutKey(
  deps: Pick<ProviderDeps, "http" | "key" | "baseUrl">,
  { vendor, url }: { vendor: string; url: string },
  judge: (key: string, ask: (question: Question) => Promise<JsonAnswer>, verdicts: Verdicts) => Promise<KeyVerdict>,
): Promise<KeyVerdict> {
  const unclear = (says: string): KeyVerdict => ({ key: "unclear", says: `${vendor} ${says}` });
  const ask = ({ path, headers = {}, body }: Question) =>
    deps.http.json(`${baseUrlOf(deps, url)}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers,
      ...(body === undefined ? {} : { body }),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
    });
  try {
    const key = await deps.key();
    return await judge(key, ask, {
      works: (more = "") => ({ key: "works", says: `${vendor} takes it${more}` }),
      refused: (why) => ({ key: "refused", says: `${vendor} refuses it: ${cleanVendorText(why, [key])}` }),
      wantsMoney: () => ({ key: "refused", says: `${vendor} wants the account topped up first` }),
      unclear: (answered) => unclear(cleanVendorText(answered, [key])),
    });
  } catch (error) {
    return unclear(`did not answer: ${error instanceof HttpFailure ? error.message : "it could not be asked"}`);
  }
}
