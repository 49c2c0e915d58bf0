import { cleanVendorText } from "../failures.ts";
import { HttpFailure } from "../http-failure.ts";
import type { KeyVerdict } from "../key-verdict.ts";
import type { ProviderDeps } from "../load.ts";
import { VENDOR, wordsOf } from "./answer.ts";

export const VENDOR_URL = "https://api.ideogram.ai";
const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Lists the account's training datasets: `GET /datasets`, which is documented to be 401 without a good key,
 * and makes nothing. Never rejects.
 */
export async function checkIdeogramKey(deps: Pick<ProviderDeps, "http" | "key" | "baseUrl">): Promise<KeyVerdict> {
  const unclear = (says: string): KeyVerdict => ({ key: "unclear", says });
  try {
    const key = await deps.key();
    const { status, body } = await deps.http.json(`${baseOf(deps)}/datasets`, {
      method: "GET",
      headers: { "api-key": key },
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
    });
    const why = cleanVendorText(wordsOf(body), [key]) || `HTTP ${status}`;
    if (status === 401) return { key: "refused", says: `${VENDOR} refuses it: ${why}` };
    const listed = typeof body === "object" && body !== null && "datasets" in body && Array.isArray(body.datasets);
    return status === 200 && listed
      ? { key: "works", says: `${VENDOR} takes it` }
      : unclear(`${VENDOR} answered something else than its list of datasets: ${why}`);
  } catch (error) {
    const why = error instanceof HttpFailure ? error.message : "it could not be asked";
    return unclear(`${VENDOR} did not answer: ${why}`);
  }
}

/** Without a slash at the end. */
export const baseOf = ({ baseUrl = VENDOR_URL }: Pick<ProviderDeps, "baseUrl">): string => baseUrl.replace(/\/+$/, "");
