import * as z from "zod";
import { askAboutKey } from "../ask-about-key.ts";
import type { ProviderCode } from "../load.ts";
import { VENDOR, VENDOR_URL } from "./verdict.ts";

const Models = z.object({ data: z.array(z.unknown()) });

/** Asks for the list of models, which is free: `GET /v1/models`. A bad key is told so under 401. */
export const checkOpenAiKey: NonNullable<ProviderCode["checkKey"]> = (deps) =>
  askAboutKey(deps, { vendor: VENDOR, url: VENDOR_URL }, async (key, ask, { works, refused, unclear }) => {
    const { status, body } = await ask({ path: "/v1/models", headers: { authorization: `Bearer ${key}` } });
    if (status === 401) return refused("HTTP 401");
    // a page that something in between answers proves nothing
    if (status === 200 && Models.safeParse(body).success) return works();
    return unclear(`answered ${status} with nothing that tells`);
  });
