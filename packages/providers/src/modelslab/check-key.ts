import { askAboutKey } from "../ask-about-key.ts";
import type { ProviderCode } from "../load.ts";
import { readAnswer } from "./answer.ts";
import { isKeyRefused, isNotReady, isRateLimited, type Said, SERVER_FAULT, VENDOR, VENDOR_URL } from "./verdict.ts";

/** Work that nobody has: the ids that were ever seen are large whole numbers. */
const NOBODYS_WORK = "0";

/** Words that may be about the key itself: no proof that it was taken. */
const ABOUT_THE_KEY = /\bkey\b|auth|token|credential|subscri|account/i;

/**
 * Asks for the result of work that cannot exist: `POST /api/v6/image_editing/fetch/0`. A bad key is told so
 * ("Invalid Api Key"), under 200 or 401; a documented refusal of anything else means that the key was taken
 * first. Nothing is submitted, so nothing is billed.
 */
export const checkModelsLabKey: NonNullable<ProviderCode["checkKey"]> = (deps) =>
  askAboutKey(deps, { vendor: VENDOR, url: VENDOR_URL }, async (key, ask, { works, refused, wantsMoney, unclear }) => {
    const http = await ask({ path: `/api/v6/image_editing/fetch/${NOBODYS_WORK}`, body: { key } });
    const answer = readAnswer(http.body);
    const said: Said = { http, answer, hide: [key], now: 0 };

    if (answer.state === "unknown") return unclear(`answered ${http.status} with something we cannot read`);
    if (isRateLimited(said)) return unclear("is asked too often just now; ask again in a minute");
    if (isKeyRefused(said)) return refused(answer.text || `HTTP ${http.status}`);
    if (http.status === 402) return wantsMoney();
    const documented = http.status === 200 || http.status === 400;
    const fault = isNotReady(said) || SERVER_FAULT.test(answer.text);
    if (answer.state === "refused" && (!documented || fault || ABOUT_THE_KEY.test(answer.text)))
      return unclear(`answered ${http.status}: ${answer.text || "it did not say why"}`);
    return works();
  });
