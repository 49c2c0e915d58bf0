import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";

/** Text is UTF-8. */
type Source = string | ArrayBuffer | ArrayBufferView;

/**
 * What Amazon's signer hashes with: SHA-256, or HMAC where there is a secret. `node:crypto` is native in Node
 * and in workerd alike; the SDK's own class over it is one that throws in a bundle that is not for Node.
 */
export class Sha256 {
  readonly #secret: Source | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: Source) {
    this.#secret = secret;
    this.#hash = this.#fresh();
  }

  update(chunk: Source): void {
    this.#hash.update(viewOf(chunk));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#fresh();
  }

  #fresh(): Hash | Hmac {
    return this.#secret === undefined ? createHash("sha256") : createHmac("sha256", viewOf(this.#secret));
  }
}

function viewOf(source: Source): string | Uint8Array {
  if (typeof source === "string" || source instanceof Uint8Array) return source;
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
