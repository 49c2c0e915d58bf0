import { lookup } from "node:dns/promises";
import { BlockList, isIPv6 } from "node:net";
import sharp from "sharp";
import type { Time } from "./time.ts";

const MAX_PICTURE_BYTES = 32 * 1024 * 1024;
const PICTURE_TIMEOUT_MS = 20_000;

/** An encoded picture (PNG, JPEG or WebP) and its size in px. */
export interface Picture {
  bytes: Uint8Array;
  width: number;
  height: number;
}

/** The picture cannot be had or is none. */
export class PictureError extends Error {}

/** Photo and mask do not lie on each other. */
export class SizeMismatch extends Error {
  constructor(photo: Picture, mask: Picture) {
    const sizes = `${photo.width}x${photo.height} and ${mask.width}x${mask.height}`;
    super(`init_image and mask_image must have the same dimensions, got ${sizes}`);
  }
}

export interface PictureSource {
  time: Time;
  /** Gives the download up. */
  signal: AbortSignal;
  /** False refuses loopback and private addresses, as a vendor on the internet cannot reach them. */
  allowPrivateHosts: boolean;
}

/** Downloads a picture of at most 32 MiB within 20 s. @throws PictureError */
export async function fetchPicture(url: string, { time, signal, allowPrivateHosts }: PictureSource): Promise<Picture> {
  if (!allowPrivateHosts && (await isPrivateHost(new URL(url).hostname))) {
    throw new PictureError(`${new URL(url).hostname} is not on the public internet`);
  }
  const abort = new AbortController();
  const cancel = time.schedule(PICTURE_TIMEOUT_MS, () => abort.abort());
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([abort.signal, signal]),
      redirect: allowPrivateHosts ? "follow" : "error",
    });
    if (!response.ok) throw new PictureError(`HTTP ${response.status}`);
    return await openPicture(await readLimited(response));
  } catch (error) {
    if (error instanceof PictureError) throw error;
    throw new PictureError("the download failed", { cause: error });
  } finally {
    cancel();
  }
}

/** Reads a picture's size. @throws PictureError for anything but a PNG, JPEG or WebP. */
export async function openPicture(bytes: Uint8Array): Promise<Picture> {
  const found = await sharp(bytes)
    .metadata()
    .catch((cause: unknown) => {
      throw new PictureError("not a picture", { cause });
    });
  if (!["png", "jpeg", "webp"].includes(found.format)) throw new PictureError(`a ${found.format} is not accepted`);
  return { bytes, width: found.width, height: found.height };
}

/** Whether every pixel is pure black or pure white. */
export async function isBlackAndWhite(picture: Picture): Promise<boolean> {
  const samples = await sharp(picture.bytes).removeAlpha().toColourspace("b-w").raw().toBuffer();
  return samples.every((level) => level === 0 || level === 255);
}

async function readLimited(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_PICTURE_BYTES) throw new PictureError(`larger than ${MAX_PICTURE_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  PRIVATE.addSubnet(network, bits, "ipv4");
}
for (const [network, bits] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
] as const) {
  PRIVATE.addSubnet(network, bits, "ipv6");
}

async function isPrivateHost(hostname: string): Promise<boolean> {
  const addresses = await lookup(hostname.replace(/^\[|\]$/g, ""), { all: true }).catch(() => []);
  return addresses.some(({ address }) => PRIVATE.check(address, isIPv6(address) ? "ipv6" : "ipv4"));
}

/** True for `localhost`, 127.0.0.0/8 and `[::1]`, read from the name alone. */
export function isLoopbackName(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
