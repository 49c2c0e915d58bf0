import { HttpFailure } from "../http-failure.ts";
import type { KeyVerdict } from "../key-verdict.ts";
import type { ProviderDeps } from "../load.ts";
import { readAnswer } from "./answer.ts";
import {
  isKeyRefused,
  isNotReady,
  isRateLimited,
  type Said,
  SERVER_FAULT,
  VENDOR,
  VENDOR_URL,
  words,
} from "./verdict.ts";

/** Work that nobody has: the ids that were ever seen are large whole numbers. */
const NOBODYS_WORK = "0";
const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Words that may be about the key itself: no proof that it was taken. */
const ABOUT_THE_KEY = /\bkey\b|auth|token|credential|subscri|account/i;

/**
 * Asks for the result of work that cannot exist: `POST /api/v6/image_editing/fetch/0`. A bad key is told so
 * ("Invalid Api Key"), under 200 or 401; a documented refusal of anything else means that the key was taken
 * first. Nothing is submitted, so nothing is billed.
 */
export async function checkModelsLabKey(deps: Pick<ProviderDeps, "http" | "key" | "baseUrl">): Promise<KeyVerdict> {
  const unclear = (says: string): KeyVerdict => ({ key: "unclear", says });
  const refused = (says: string): KeyVerdict => ({ key: "refused", says });
  try {
    const key = await deps.key();
    const base = (deps.baseUrl ?? VENDOR_URL).replace(/\/+$/, "");
    const http = await deps.http.json(`${base}/api/v6/image_editing/fetch/${NOBODYS_WORK}`, {
      method: "POST",
      body: { key },
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
    });
    const answer = readAnswer(http.body);
    const said: Said = { http, answer, hide: [key], now: 0 };

    if (answer.state === "unknown") return unclear(`${VENDOR} answered ${http.status} with something we cannot read`);
    if (isRateLimited(said)) return unclear(`${VENDOR} is asked too often just now; ask again in a minute`);
    if (isKeyRefused(said)) return refused(`${VENDOR} refuses it: ${words(said, `HTTP ${http.status}`)}`);
    if (http.status === 402) return refused(`${VENDOR} wants the account topped up first`);
    const documented = http.status === 200 || http.status === 400;
    const fault = isNotReady(said) || SERVER_FAULT.test(answer.text);
    if (answer.state === "refused" && (!documented || fault || ABOUT_THE_KEY.test(answer.text)))
      return unclear(`${VENDOR} answered ${http.status}: ${words(said, "it did not say why")}`);
    return { key: "works", says: `${VENDOR} takes it` };
  } catch (error) {
    const why = error instanceof HttpFailure ? error.message : "it could not be asked";
    return unclear(`${VENDOR} did not answer: ${why}`);
  }
}
