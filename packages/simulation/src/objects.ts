import { InfillError, type Objects, type SignedUpload } from "@infill/core";
import type { AtOnce } from "./records.ts";
import type { World } from "./world.ts";

interface Stored {
  bytes: Uint8Array;
  contentType: string;
  etag: string;
  /** A process sent it that had died by then. */
  late: boolean;
}

/** Object storage in memory. A signed URL is its key and an expiry: nobody here forges one. */
export class MemoryObjects implements AtOnce<Objects> {
  readonly #stored = new Map<string, Stored>();
  readonly #world: Pick<World, "now" | "isLate">;
  #versions = 0;

  constructor(world: Pick<World, "now" | "isLate">) {
    this.#world = world;
  }

  /** Keys of pictures below a prefix, but for what came late; of an erased upload there may be one byte of nothing. */
  kept(prefix: string): string[] {
    return [...this.#stored]
      .filter(([key, { bytes, late }]) => key.startsWith(prefix) && bytes.length > 1 && !late)
      .map(([key]) => key);
  }

  signUpload({
    key,
    contentType,
    contentLength,
    expiresInSeconds,
  }: Parameters<Objects["signUpload"]>[0]): SignedUpload {
    return {
      method: "PUT",
      url: this.#sign(key, expiresInSeconds),
      headers: { "content-type": contentType, "content-length": String(contentLength), "if-none-match": "*" },
    };
  }

  signDownload({ key, expiresInSeconds }: Parameters<Objects["signDownload"]>[0]): string {
    return this.#sign(key, expiresInSeconds);
  }

  readStart(key: string, length: number) {
    const stored = this.#stored.get(key);
    if (stored === undefined) return undefined;
    const { bytes, contentType, etag } = stored;
    return { head: { size: bytes.length, contentType, etag }, bytes: bytes.slice(0, length) };
  }

  read(key: string, ifMatch?: string): Uint8Array {
    const stored = this.#stored.get(key);
    if (stored === undefined || (ifMatch !== undefined && stored.etag !== ifMatch))
      throw new InfillError("asset_missing", "This picture is not in storage any more");
    return stored.bytes.slice();
  }

  write(key: string, bytes: Uint8Array, contentType: string): void {
    this.#stored.set(key, {
      bytes: bytes.slice(),
      contentType,
      etag: `"${++this.#versions}"`,
      late: this.#world.isLate,
    });
  }

  create(key: string, bytes: Uint8Array, contentType: string): boolean {
    const isFree = !this.#stored.has(key);
    if (isFree) this.write(key, bytes, contentType);
    return isFree;
  }

  remove(key: string): void {
    this.#stored.delete(key);
  }

  removeAll(prefix: string): void {
    if (!/^.+\/$/.test(prefix)) throw new RangeError("a prefix ends in /");
    for (const key of this.#stored.keys()) if (key.startsWith(prefix)) this.#stored.delete(key);
  }

  /** What an uploader does with a signed URL. @returns the HTTP status */
  put({ url, headers }: SignedUpload, bytes: Uint8Array): number {
    const key = this.#open(url);
    if (key === undefined || Number(headers["content-length"]) !== bytes.length) return 403;
    return this.create(key, bytes, headers["content-type"] ?? "") ? 200 : 412;
  }

  /** What a signed URL gives. `undefined`: nothing, or not any more */
  get(url: string): Uint8Array | undefined {
    const key = this.#open(url);
    return key === undefined ? undefined : this.#stored.get(key)?.bytes;
  }

  #sign(key: string, expiresInSeconds: number): string {
    return `https://storage.example/${key}?until=${this.#world.now + expiresInSeconds * 1000}`;
  }

  #open(url: string): string | undefined {
    const { pathname, searchParams } = new URL(url);
    return this.#world.now < Number(searchParams.get("until")) ? pathname.slice(1) : undefined;
  }
}
