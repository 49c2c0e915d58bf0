import { HttpFailure } from "../http-failure.ts";
import type { KeyVerdict } from "../key-verdict.ts";
import type { ProviderDeps } from "../load.ts";
import { VENDOR, VENDOR_URL } from "./verdict.ts";

/** Work that nobody has. */
const NOBODYS_WORK = "00000000-0000-4000-8000-000000000000";
/** A key that nobody has. */
const NOBODYS_KEY = "not-a-key";
const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Asks for the result of work that cannot exist, which is answered 200 and costs nothing. That this door looks
 * at the key at all is not documented, so it is asked once more with a wrong one: only when it refuses that does
 * the first answer prove anything.
 */
export async function checkOneMinKey(deps: Pick<ProviderDeps, "http" | "key" | "baseUrl">): Promise<KeyVerdict> {
  const unclear = (says: string): KeyVerdict => ({ key: "unclear", says });
  const statusFor = async (key: string): Promise<number> => {
    const base = (deps.baseUrl ?? VENDOR_URL).replace(/\/+$/, "");
    const { status } = await deps.http.json(`${base}/api/results/${NOBODYS_WORK}`, {
      method: "GET",
      headers: { "API-KEY": key },
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
    });
    return status;
  };
  try {
    const status = await statusFor(await deps.key());
    if (status === 401) return { key: "refused", says: `${VENDOR} refuses it: HTTP 401` };
    if (status !== 200) return unclear(`${VENDOR} answered ${status}`);
    if ((await statusFor(NOBODYS_KEY)) !== 401) return unclear(`${VENDOR} did not refuse a wrong one either`);
    return { key: "works", says: `${VENDOR} takes it` };
  } catch (error) {
    const why = error instanceof HttpFailure ? error.message : "it could not be asked";
    return unclear(`${VENDOR} did not answer: ${why}`);
  }
}
