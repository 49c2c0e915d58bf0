import { type Caller as HttpCaller, mask, newCaller as newHttpCaller, photo } from "@infill/functions/testing";
import type { Deployed } from "./start.ts";

export { changedOutside } from "@infill/functions/testing";

/** An app with a key, and with the pictures that it uploaded. */
export interface Caller extends HttpCaller {
  photo: Uint8Array;
  mask: Uint8Array;
}

/** A caller with a key of its own, and a photo and a mask uploaded. */
export async function newCaller({ url, records, until, newKey }: Deployed, tenant = "acme"): Promise<Caller> {
  const caller = await newHttpCaller({ url, records, advanceUntil: until }, await newKey(tenant));
  return { ...caller, photo: await photo(), mask: await mask() };
}
