import { createHash } from "node:crypto";
import { Transform, type TransformCallback } from "node:stream";

/**
 * Lets bytes through but for the last chunk, which it keeps until the whole hashes to what was promised:
 * whoever receives them cannot complete a body that is wrong. Ends in an `Error` when it is.
 */
export class ChecksumGate extends Transform {
  readonly #hash = createHash("sha256");
  readonly #expected: string;
  #held: Buffer | undefined;

  /** @param expected base64 SHA-256 */
  constructor(expected: string) {
    super();
    this.#expected = expected;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk);
    done(null, this.#held);
    this.#held = chunk;
  }

  override _flush(done: TransformCallback): void {
    if (this.#hash.digest("base64") === this.#expected) done(null, this.#held);
    else done(new Error("The SHA-256 you specified did not match the calculated checksum."));
  }
}
