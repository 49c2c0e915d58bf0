import type { JobView } from "@infill/core";
import sharp from "sharp";
import type { Deployed } from "./start.ts";

/** Somebody with a key: what an app does. */
export interface Caller {
  key: string;
  api(path: string, body?: object, headers?: Record<string, string>): Promise<Response>;
  /** Asks ModelsLab for an edit of a small photo. */
  ask(body?: object, headers?: Record<string, string>): Promise<Response>;
  /** Asks, and lets time pass until it has ended. */
  edit(body?: object): Promise<JobView>;
  job(id: string): Promise<JobView>;
  /** The first result's file, through the redirect. */
  result(id: string): Promise<Uint8Array>;
  /** @returns the asset's id */
  upload(bytes: Uint8Array): Promise<string>;
  photo: Uint8Array;
  mask: Uint8Array;
}

const SIZE = { width: 320, height: 240 };
/** What the mask opens; px. */
export const BOX = { left: 130, top: 90, width: 60, height: 50 };

/** A caller with a key of its own, and a photo and a mask uploaded. */
export async function newCaller(deployed: Deployed, tenant = "acme"): Promise<Caller> {
  const key = await deployed.newKey(tenant);
  const api: Caller["api"] = (path, body, headers = {}) =>
    fetch(deployed.url + path, {
      redirect: "manual",
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });

  const upload = async (bytes: Uint8Array): Promise<string> => {
    const asked = await api("/v1/uploads", { contentType: "image/png", contentLength: bytes.length });
    const { id, url, headers } = (await asked.json()) as { id: string; url: string; headers: Record<string, string> };
    const put = await fetch(url, { method: "PUT", headers, body: bytes as BodyInit });
    if (!put.ok) throw new Error(`The upload was refused: ${put.status} ${await put.text()}`);
    return id;
  };

  const photo = await grain();
  const mask = await box();
  const [image, white] = [await upload(photo), await upload(mask)];
  const ask: Caller["ask"] = (body, headers) =>
    api("/v1/inpaint", { image, mask: white, model: "modelslab/inpaint", prompt: "a hat", ...body }, headers);
  const job: Caller["job"] = async (id) => (await (await api(`/v1/jobs/${id}`)).json()) as JobView;

  return {
    key,
    api,
    ask,
    job,
    upload,
    photo,
    mask,
    async edit(body) {
      const { id } = (await (await ask(body)).json()) as JobView;
      await deployed.finish(id);
      return job(id);
    },
    async result(id) {
      const redirect = await api(`/v1/jobs/${id}/results/0`);
      const file = await fetch(redirect.headers.get("location") ?? "");
      if (!file.ok) throw new Error(`The result was refused: ${file.status} ${await file.text()}`);
      return file.bytes();
    },
  };
}

/** A photo in which no two neighbours are the same. */
function grain(): Promise<Buffer> {
  const rgb = new Uint8Array(SIZE.width * SIZE.height * 3).map((_, i) => ((i * 31) % 97) + (i % 120));
  return sharp(rgb, { raw: { ...SIZE, channels: 3 } })
    .png()
    .toBuffer();
}

/** Black with one white box. */
function box(): Promise<Buffer> {
  const { left, top, width, height } = BOX;
  const white = { create: { width, height, channels: 3 as const, background: "white" } };
  return sharp({ create: { ...SIZE, channels: 3, background: "black" } })
    .composite([{ input: white, left, top }])
    .toColourspace("b-w")
    .png()
    .toBuffer();
}

/** By so much a mask is grown and feathered when a caller says nothing; px. */
const EDGE = 1 + 2;

/** How many pixels outside the (grown, feathered) box differ between two pictures. @throws Error when their sizes do */
export async function changedOutside(a: Uint8Array, b: Uint8Array): Promise<number> {
  const [one, two] = await Promise.all([a, b].map((file) => sharp(file).removeAlpha().raw().toBuffer()));
  if (one === undefined || two === undefined || one.length !== two.length) throw new Error("The sizes differ");
  let changed = 0;
  for (let y = 0; y < SIZE.height; y++) {
    for (let x = 0; x < SIZE.width; x++) {
      if (within(x, BOX.left, BOX.width) && within(y, BOX.top, BOX.height)) continue;
      const at = (y * SIZE.width + x) * 3;
      if (one.compare(two, at, at + 3, at, at + 3) !== 0) changed++;
    }
  }
  return changed;
}

const within = (at: number, start: number, length: number): boolean => at >= start - EDGE && at < start + length + EDGE;
