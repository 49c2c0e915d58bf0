import { cleanVendorText } from "../failures.ts";
import { HttpFailure } from "../http-failure.ts";
import type { KeyVerdict } from "../key-verdict.ts";
import type { ProviderDeps } from "../load.ts";
import { readAnswer } from "./answer.ts";

export const VENDOR = "Stability AI";
export const VENDOR_URL = "https://api.stability.ai";

/** Asks what the account has left (`GET /v1/user/balance`), which costs nothing and takes a good key. */
export async function checkStabilityKey(deps: Pick<ProviderDeps, "http" | "key" | "baseUrl">): Promise<KeyVerdict> {
  const base = (deps.baseUrl ?? VENDOR_URL).replace(/\/+$/, "");
  try {
    const key = await deps.key();
    const { status, body } = await deps.http.json(`${base}/v1/user/balance`, {
      method: "GET",
      headers: { authorization: `Bearer ${key}` },
      timeoutMs: 15_000,
      maxBytes: 64 * 1024,
    });
    const { credits, text } = readAnswer(body);
    if (status === 200 && credits !== undefined) {
      return { key: "works", says: `${VENDOR} takes it; the account has ${Math.floor(credits)} credits left` };
    }
    const says = cleanVendorText(text, [key]) || `HTTP ${status}`;
    if (status === 401 || status === 403) return { key: "refused", says: `${VENDOR} refuses it: ${says}` };
    return { key: "unclear", says: `${VENDOR} answered ${status}: ${says}` };
  } catch (error) {
    const why = error instanceof HttpFailure ? error.message : "it could not be asked";
    return { key: "unclear", says: `${VENDOR} did not answer: ${why}` };
  }
}
