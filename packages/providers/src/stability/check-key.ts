import { askAboutKey } from "../ask-about-key.ts";
import type { ProviderCode } from "../load.ts";
import { readAnswer } from "./answer.ts";

export const VENDOR = "Stability AI";
export const VENDOR_URL = "https://api.stability.ai";

/** Asks what the account has left (`GET /v1/user/balance`), which costs nothing and takes a good key. */
export const checkStabilityKey: NonNullable<ProviderCode["checkKey"]> = (deps) =>
  askAboutKey(deps, { vendor: VENDOR, url: VENDOR_URL }, async (key, ask, { works, refused, unclear }) => {
    const { status, body } = await ask({ path: "/v1/user/balance", headers: { authorization: `Bearer ${key}` } });
    const { credits, text } = readAnswer(body);
    if (status === 200 && credits !== undefined) return works(`; the account has ${Math.floor(credits)} credits left`);
    const words = text || `HTTP ${status}`;
    return status === 401 || status === 403 ? refused(words) : unclear(`answered ${status}: ${words}`);
  });
