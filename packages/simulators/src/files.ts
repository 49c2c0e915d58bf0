import { crc32 } from "node:zlib";
import sharp from "sharp";
import { type Exchange, html } from "./server.ts";
import type { Time } from "./time.ts";

/**
 * What a result's link gives. `ok`: the file.
 * - refused: `expired` (403), `missing` (404), `hang`, `reset`
 * - elsewhere: `redirect` (to the file), `redirect-loop`, `redirect-private` (to a cloud's metadata address)
 * - wrong bytes under `image/png`: `garbage`, `empty`, `truncated` (half the file), `cut-off` (half of the promised
 *   length, then a reset), `huge-dimensions` (a header that claims 60000×60000 px), `wrong-size` (half the sides)
 * - `html` (200, a page), `wrong-type` (the file as `application/octet-stream`)
 * - `oversized` (64 MiB without a length), `oversized-declared` (a length of 10 GiB)
 * - `slow` (ten pieces, a second apart)
 */
export type LinkFault =
  | "ok"
  | "expired"
  | "missing"
  | "redirect"
  | "redirect-loop"
  | "redirect-private"
  | "garbage"
  | "empty"
  | "truncated"
  | "cut-off"
  | "huge-dimensions"
  | "wrong-size"
  | "html"
  | "wrong-type"
  | "oversized"
  | "oversized-declared"
  | "slow"
  | "hang"
  | "reset";

export interface StoredFile<Kind extends string = string> {
  bytes: Uint8Array;
  contentType: string;
  /** Of the links to it, by their kind. */
  faults: Record<Kind, LinkFault>;
}

/** A file that is made when it is first asked for: most tests never look at a picture. */
export interface PendingFile<Kind extends string = string> extends Omit<StoredFile<Kind>, "bytes"> {
  make(): Promise<Uint8Array>;
}

export interface FileStore<Kind extends string> {
  put(name: string, file: StoredFile<Kind> | PendingFile<Kind>): void;
  /** From now on the links to this file answer 403. */
  expire(name: string): void;
  /** Answers a GET of a link; false where the path is none. */
  serve(exchange: Exchange): Promise<boolean>;
}

/**
 * Finished pictures under links that can fail.
 * @param folders where each kind of link leads: `/generations/`
 */
export function createFileStore<Kind extends string>(
  time: Time,
  folders: Readonly<Record<Kind, string>>,
): FileStore<Kind> {
  const files = new Map<string, StoredFile<Kind> | PendingFile<Kind>>();
  const expired = new Set<string>();
  const kinds = Object.keys(folders) as Kind[];
  return {
    put(name, file) {
      files.set(name, file);
    },
    expire(name) {
      files.delete(name);
      expired.add(name);
    },
    async serve(exchange) {
      const { method, path } = exchange;
      // a redirect leads to the same file without its fault
      const moved = path.startsWith(MOVED);
      const place = moved ? path.slice(MOVED.length - 1) : path;
      const kind = kinds.find((each) => place.startsWith(folders[each]));
      if (method !== "GET" || kind === undefined) return false;
      const name = place.slice(folders[kind].length);
      const stored = files.get(name);
      const file = stored && "make" in stored ? { ...stored, bytes: await stored.make() } : stored;
      if (file === undefined) exchange.send(expired.has(name) ? html(403, "Forbidden") : html(404, "Not Found"));
      else await FAULTS[moved ? "ok" : file.faults[kind]](exchange, file, place, time);
      return true;
    },
  };
}

const MOVED = "/moved/";

type Serve = (exchange: Exchange, file: StoredFile, path: string, time: Time) => void | Promise<void>;

const FAULTS: Record<LinkFault, Serve> = {
  ok: (exchange, file) => sendFile(exchange, file.bytes, file.contentType),
  expired: (exchange) => exchange.send(html(403, "Forbidden")),
  missing: (exchange) => exchange.send(html(404, "Not Found")),
  redirect: (exchange, _file, path) => redirect(exchange, `${MOVED}${path.slice(1)}`),
  "redirect-loop": (exchange) => redirect(exchange, exchange.path),
  "redirect-private": (exchange) => redirect(exchange, "http://169.254.169.254/latest/meta-data/"),
  garbage: (exchange, file) =>
    sendFile(
      exchange,
      file.bytes.map((byte) => byte ^ 0xa5),
      file.contentType,
    ),
  empty: (exchange, file) => sendFile(exchange, new Uint8Array(), file.contentType),
  truncated: (exchange, file) => sendFile(exchange, firstHalf(file.bytes), file.contentType),
  "cut-off": (exchange, file) => {
    exchange.response.writeHead(200, { "content-type": file.contentType, "content-length": file.bytes.length });
    exchange.response.write(firstHalf(file.bytes), () => exchange.reset());
  },
  "huge-dimensions": (exchange, file) => sendFile(exchange, claimSize(file.bytes, 60_000), file.contentType),
  "wrong-size": async (exchange, file) => {
    const { width, height } = await sharp(file.bytes).metadata();
    const half = await sharp(file.bytes)
      .resize(width >> 1, height >> 1)
      .png()
      .toBuffer();
    sendFile(exchange, half, file.contentType);
  },
  html: (exchange) => exchange.send(html(200, "Just a moment")),
  "wrong-type": (exchange, file) => sendFile(exchange, file.bytes, "application/octet-stream"),
  oversized: async (exchange, file) => {
    exchange.response.writeHead(200, { "content-type": file.contentType });
    await pad(exchange, file.bytes, 64 * MEBIBYTE);
  },
  "oversized-declared": (exchange, file) => {
    exchange.response.writeHead(200, { "content-type": file.contentType, "content-length": 10 * 1024 * MEBIBYTE });
    exchange.response.write(file.bytes);
  },
  slow: (exchange, file, _path, time) => {
    exchange.response.writeHead(200, { "content-type": file.contentType, "content-length": file.bytes.length });
    trickle(exchange, file.bytes, time);
  },
  hang: () => {},
  reset: (exchange) => exchange.reset(),
};

const MEBIBYTE = 1024 * 1024;

function sendFile(exchange: Exchange, body: Uint8Array, contentType: string) {
  exchange.send({ status: 200, headers: { "content-type": contentType }, body });
}

function redirect(exchange: Exchange, location: string) {
  exchange.send({ status: 302, headers: { location }, body: "" });
}

function firstHalf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length >> 1);
}

/** The PNG with other sides in its header (IHDR: width at byte 16, height at 20, checksum at 29). */
function claimSize(png: Uint8Array, side: number): Uint8Array {
  const copy = Buffer.from(png);
  copy.writeUInt32BE(side, 16);
  copy.writeUInt32BE(side, 20);
  copy.writeUInt32BE(crc32(copy.subarray(12, 29)), 29);
  return copy;
}

/** Sends `bytes`, then zeros up to `length` bytes or until the reader has had enough. */
async function pad({ response }: Exchange, bytes: Uint8Array, length: number): Promise<void> {
  const zeros = Buffer.alloc(MEBIBYTE);
  const gone = new Promise<void>((resolve) => response.once("close", resolve));
  response.write(bytes);
  for (let sent = bytes.length; sent < length && !response.destroyed; sent += zeros.length) {
    if (!response.write(zeros)) await Promise.race([new Promise((resolve) => response.once("drain", resolve)), gone]);
  }
  response.end();
}

function trickle({ response }: Exchange, bytes: Uint8Array, time: Time): void {
  const piece = Math.ceil(bytes.length / 10);
  const sendFrom = (offset: number) => {
    response.write(bytes.subarray(offset, offset + piece));
    if (offset + piece >= bytes.length) response.end();
    else time.schedule(1000, () => sendFrom(offset + piece));
  };
  sendFrom(0);
}
