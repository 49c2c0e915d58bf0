import { InfillError } from "./errors.ts";

/** A file as React Native's pickers hand it over. */
export interface FileUri {
  uri: string;
  /** `image/jpeg`. */
  type?: string;
  /** Bytes. */
  size?: number;
}

/** A picture: a Blob or File, bytes, React Native's file, or – in Node – a path. */
export type Picture = Blob | Uint8Array | ArrayBuffer | FileUri | string;

/** What is uploaded: its bytes or the file that holds them, and what storage must be told. */
export interface UploadBody {
  body: Blob | Uint8Array | FileUri;
  contentType: string;
  contentLength: number;
}

const SIGNATURES: [string, RegExp][] = [
  ["image/png", /^\x89PNG/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/webp", /^RIFF....WEBP/s],
];

/** The type by the first bytes: what a file is called proves nothing. */
function typeOf(bytes: Uint8Array): string {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  const found = SIGNATURES.find(([, signature]) => signature.test(start))?.[0];
  if (found !== undefined) return found;
  throw new InfillError("asset_invalid", "This is no PNG, JPEG or WebP picture; convert it first");
}

/** Reads what a picture is and weighs; its bytes only where there is no other way. */
export async function toUpload(picture: Picture, fetcher: typeof fetch): Promise<UploadBody> {
  if (typeof picture === "string") return fromBytes(await readFile(picture));
  if (picture instanceof Uint8Array) return fromBytes(picture);
  if (picture instanceof ArrayBuffer) return fromBytes(new Uint8Array(picture));
  if ("uri" in picture) {
    const { uri, type, size } = picture;
    if (type !== undefined && size !== undefined) return { body: picture, contentType: type, contentLength: size };
    return fromBlob(await (await fetcher(uri)).blob(), type);
  }
  return fromBlob(picture);
}

const fromBytes = (body: Uint8Array): UploadBody => ({
  body,
  contentType: typeOf(body),
  contentLength: body.byteLength,
});

/** React Native's Blob has a type and a size, and no way to its bytes. */
async function fromBlob(body: Blob, type = body.type): Promise<UploadBody> {
  const contentType = type !== "" ? type : typeOf(new Uint8Array(await body.slice(0, 12).arrayBuffer()));
  return { body, contentType, contentLength: body.size };
}

async function readFile(path: string): Promise<Uint8Array> {
  // a name that bundlers for browsers do not see
  const module = "node:fs/promises";
  const { readFile: read } = await import(/* @vite-ignore */ /* webpackIgnore: true */ module);
  return read(path);
}
