import { askAboutKey } from "../ask-about-key.ts";
import { readDetail } from "../detail.ts";
import type { ProviderCode } from "../load.ts";
import { VENDOR, VENDOR_URL } from "./vendor.ts";

/** Asks for the account's credits: `GET /v1/credits`, which only a good key is told and which costs nothing. */
export const checkBflKey: NonNullable<ProviderCode["checkKey"]> = (deps) =>
  askAboutKey(deps, { vendor: VENDOR, url: VENDOR_URL }, async (key, ask, { works, refused, wantsMoney, unclear }) => {
    const { status, body } = await ask({ path: "/v1/credits", headers: { "x-key": key } });
    if (status === 200 && typeof body === "object" && body !== null) return works();
    const words = readDetail(body).text || `HTTP ${status}`;
    if (status === 401 || status === 403) return refused(words);
    if (status === 402) return wantsMoney();
    return unclear(`answered ${status}: ${words}`);
  });
