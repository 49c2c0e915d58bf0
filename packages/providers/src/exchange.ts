import { type Dispatcher, errors } from "undici";
import { abandoned, HttpFailure, type HttpFailureReason } from "./http-failure.ts";

export interface ExchangeRequest {
  /** Already checked by `parseSafeUrl`. */
  url: URL;
  method: "GET" | "POST";
  headers: Record<string, string>;
  body?: string | Uint8Array;
  /** Bytes of the answer's body to keep, beyond which the exchange fails; `"none"` ends it at the headers. */
  maxBytes: number | "none";
  /** Takes the body piece by piece instead, as it comes; it still counts against `maxBytes`. Throws to give up. */
  onData?: ((piece: Uint8Array, status: number) => void) | undefined;
  signal: AbortSignal;
}

export interface ExchangeAnswer {
  status: number;
  headers: Headers;
  bytes: Uint8Array;
}

/**
 * One request over a connection that leads to an address that was checked and no other.
 *
 * Whether a byte left is not guessed from error codes: undici calls `onRequestStart` right before it
 * writes, never earlier. Nothing is retried, pipelined or multiplexed.
 *
 * @throws HttpFailure, and what `onData` throws
 */
export function exchange(connection: Dispatcher, request: ExchangeRequest): Promise<ExchangeAnswer> {
  const { url, signal, maxBytes, onData } = request;
  let running: Dispatcher.DispatchController | undefined;

  let sent: HttpFailure["sent"] = "no";
  let answer: Omit<ExchangeAnswer, "bytes"> | undefined;
  const chunks: Buffer[] = [];
  let size = 0;

  const { promise, resolve, reject } = Promise.withResolvers<ExchangeAnswer>();
  const fail = (reason: HttpFailureReason, what: string) =>
    reject(new HttpFailure(reason, sent, `${url.hostname}: ${what}`));
  const failTooLarge = () => fail("too-large", `the answer is larger than ${maxBytes} bytes`);
  const onAbort = () => reject(abandoned(url.hostname, signal, sent));

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(controller) {
      running = controller;
      // a client that wants to write the same request again must not: it may be paid for
      if (sent === "maybe" || signal.aborted) controller.abort(new errors.RequestAbortedError());
      else sent = "maybe";
    },
    onResponseStart(_controller, status, headers) {
      if (status < 200) return;
      answer = { status, headers: toHeaders(headers) };
      if (maxBytes === "none") resolve({ ...answer, bytes: new Uint8Array() });
      else if (Number(answer.headers.get("content-length")) > maxBytes) failTooLarge();
    },
    onResponseData(_controller, chunk) {
      size += chunk.length;
      if (maxBytes === "none") return;
      if (size > maxBytes) return failTooLarge();
      if (onData === undefined || answer === undefined) return void chunks.push(chunk);
      try {
        onData(chunk, answer.status);
      } catch (error) {
        reject(error);
      }
    },
    onResponseEnd() {
      running = undefined;
      if (answer !== undefined) resolve({ ...answer, bytes: Buffer.concat(chunks) });
    },
    onResponseError(_controller, error) {
      fail(...brokenReason(error, sent));
    },
  };

  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  else {
    connection.dispatch(
      {
        path: url.pathname + url.search,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
      },
      handler,
    );
  }
  return promise.finally(() => {
    signal.removeEventListener("abort", onAbort);
    // what was given up on is cut off; a connection whose answer has ended is good for the next one
    if (running?.aborted === false) running.abort(new errors.RequestAbortedError());
  });
}

function brokenReason(error: Error, sent: HttpFailure["sent"]): [HttpFailureReason, string] {
  // never its message: a parser's quotes what was received
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  if (sent === "no") return ["connect", `no connection (${code})`];
  return ["broken", `the connection broke before the answer was complete (${code})`];
}

function toHeaders(fields: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values ?? []].flat()) headers.append(name, value);
  }
  return headers;
}
