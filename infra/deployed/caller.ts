import { type Caller as HttpCaller, mask, newCaller as newHttpCaller, photo } from "@infill/functions/testing";
import sharp from "sharp";
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

/** OpenAI's kind of mask: transparent where the other is white. */
export async function transparent(white: Uint8Array): Promise<Uint8Array> {
  const { data, info } = await sharp(white).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
  const rgba = Buffer.alloc(data.length * 4);
  for (const [i, value] of data.entries()) rgba[i * 4 + 3] = 255 - value;
  return sharp(rgba, { raw: { width: info.width, height: info.height, channels: 4 } })
    .png()
    .toBuffer();
}
