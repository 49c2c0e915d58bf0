import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { Writable } from "node:stream";

/** A handler of either kind: `(event, context)`, or `(event, responseStream, context)`. */
export type Handler = (...given: unknown[]) => unknown;

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
/** Says that an answer begins with status and headers as JSON, and as many NULs as below. */
export const WITH_PRELUDE = "application/vnd.awslambda.http-integration-response";
export const PRELUDE_END = Buffer.alloc(8);

/**
 * What a streaming handler writes its answer to: sent as it is written, in chunks, from the first byte on
 * (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming).
 */
export class ResponseStream extends Writable {
  readonly #url: string;
  #contentType = "application/octet-stream";
  #post: ClientRequest | undefined;
  #answered: Promise<[IncomingMessage]> | undefined;

  /** @param url of the invocation's response */
  constructor(url: string) {
    super();
    this.#url = url;
  }

  setContentType(type: string): void {
    this.#contentType = type;
  }

  /** Ends it, and waits until it has been taken. */
  async taken(): Promise<void> {
    if (!this.writableEnded) this.end();
    if (!this.closed) await once(this, "close");
    const [answer] = (await this.#answered) ?? [];
    answer?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#begun().write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#begun().end(() => done());
  }

  /** An answer that breaks off is one whose connection does. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error !== null) this.#post?.destroy();
    done(error);
  }

  #begun(): ClientRequest {
    if (this.#post !== undefined) return this.#post;
    const headers = {
      "content-type": this.#contentType,
      "lambda-runtime-function-response-mode": "streaming",
      "transfer-encoding": "chunked",
    };
    this.#post = request(this.#url, { method: "POST", headers });
    this.#answered = once(this.#post, "response") as Promise<[IncomingMessage]>;
    this.#answered.catch(() => {}); // a connection that broke has broken the stream, too
    return this.#post;
  }
}

/**
 * What Lambda's Node runtime gives to handlers that stream
 * (https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html).
 */
export const awslambda = {
  streamifyResponse: (handler: Handler) => Object.assign(handler, { [STREAMING]: "response" }),
  HttpResponseStream: {
    from(stream: ResponseStream, prelude: object): ResponseStream {
      stream.setContentType(WITH_PRELUDE);
      stream.write(JSON.stringify(prelude));
      stream.write(PRELUDE_END);
      return stream;
    },
  },
};

export const streams = (handler: Handler): boolean => Reflect.get(handler, STREAMING) === "response";
