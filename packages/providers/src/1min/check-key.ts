import { askAboutKey } from "../ask-about-key.ts";
import type { ProviderCode } from "../load.ts";
import { VENDOR, VENDOR_URL } from "./verdict.ts";

/** Work that nobody has. */
const NOBODYS_WORK = "/api/results/00000000-0000-4000-8000-000000000000";
/** A key that nobody has. */
const NOBODYS_KEY = "not-a-key";

/**
 * Asks for the result of work that cannot exist, which is answered 200 and costs nothing. That this door looks
 * at the key at all is not documented, so it is asked once more with a wrong one: only when it refuses that does
 * the first answer prove anything.
 */
export const checkOneMinKey: NonNullable<ProviderCode["checkKey"]> = (deps) =>
  askAboutKey(deps, { vendor: VENDOR, url: VENDOR_URL }, async (key, ask, { works, refused, unclear }) => {
    const statusFor = async (tried: string) =>
      (await ask({ path: NOBODYS_WORK, headers: { "API-KEY": tried } })).status;
    const status = await statusFor(key);
    if (status === 401) return refused("HTTP 401");
    if (status !== 200) return unclear(`answered ${status}`);
    return (await statusFor(NOBODYS_KEY)) === 401 ? works() : unclear("did not refuse a wrong one either");
  });
