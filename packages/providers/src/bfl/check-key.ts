import { readDetail } from "../detail.ts";
import { cleanVendorText } from "../failures.ts";
import { HttpFailure } from "../http-failure.ts";
import type { KeyVerdict } from "../key-verdict.ts";
import type { ProviderDeps } from "../load.ts";
import { VENDOR, VENDOR_URL } from "./vendor.ts";

/** Asks for the account's credits: `GET /v1/credits`, which only a good key is told and which costs nothing. */
export async function checkBflKey(deps: Pick<ProviderDeps, "http" | "key" | "baseUrl">): Promise<KeyVerdict> {
  try {
    const key = await deps.key();
    const base = (deps.baseUrl ?? VENDOR_URL).replace(/\/+$/, "");
    const { status, body } = await deps.http.json(`${base}/v1/credits`, {
      method: "GET",
      headers: { "x-key": key },
      timeoutMs: 15_000,
      maxBytes: 64 * 1024,
    });
    if (status === 200 && typeof body === "object" && body !== null)
      return { key: "works", says: `${VENDOR} takes it` };
    const words = cleanVendorText(readDetail(body).text, [key]) || `HTTP ${status}`;
    if (status === 401 || status === 403) return { key: "refused", says: `${VENDOR} refuses it: ${words}` };
    if (status === 402) return { key: "refused", says: `${VENDOR} wants the account topped up first` };
    return { key: "unclear", says: `${VENDOR} answered ${status}: ${words}` };
  } catch (error) {
    const why = error instanceof HttpFailure ? error.message : "it could not be asked";
    return { key: "unclear", says: `${VENDOR} did not answer: ${why}` };
  }
}
