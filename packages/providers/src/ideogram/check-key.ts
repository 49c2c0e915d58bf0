import { askAboutKey } from "../ask-about-key.ts";
import type { ProviderCode } from "../load.ts";
import { VENDOR, wordsOf } from "./answer.ts";

export const VENDOR_URL = "https://api.ideogram.ai";

/**
 * Lists the account's training datasets: `GET /datasets`, which is documented to be 401 without a good key,
 * and makes nothing.
 */
export const checkIdeogramKey: NonNullable<ProviderCode["checkKey"]> = (deps) =>
  askAboutKey(deps, { vendor: VENDOR, url: VENDOR_URL }, async (key, ask, { works, refused, unclear }) => {
    const { status, body } = await ask({ path: "/datasets", headers: { "api-key": key } });
    const words = wordsOf(body) || `HTTP ${status}`;
    if (status === 401) return refused(words);
    const listed = typeof body === "object" && body !== null && "datasets" in body && Array.isArray(body.datasets);
    return status === 200 && listed ? works() : unclear(`answered something else than its list of datasets: ${words}`);
  });
