import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { Client, type Dispatcher, errors } from "undici";
import { abandoned, HttpFailure, type HttpFailureReason } from "./http-failure.ts";

export interface ExchangeRequest {
  /** Already checked by `parseSafeUrl`. */
  url: URL;
  /** Already checked by `assertPublic`; empty when the URL holds an address itself. */
  addresses: readonly LookupAddress[];
  method: "GET" | "POST";
  headers: Record<string, string>;
  body?: string | Uint8Array;
  /** Bytes of the answer's body to keep, beyond which the exchange fails; `"none"` ends it at the headers. */
  maxBytes: number | "none";
  connectTimeoutMs: number;
  signal: AbortSignal;
}

export interface ExchangeAnswer {
  status: number;
  headers: Headers;
  bytes: Uint8Array;
}

/**
 * One request over a connection of its own, to one of the addresses that were checked and no other.
 *
 * A fresh connection costs a handshake, next to seconds of painting. It buys certainty: a kept-alive
 * socket may be long dead (a function is frozen between two invocations), a paid request written to it
 * is lost, and nobody can tell from the reset whether it was taken.
 *
 * Whether a byte left is not guessed from error codes: undici calls `onRequestStart` right before it
 * writes, never earlier. Nothing is retried, pipelined or multiplexed.
 *
 * @throws HttpFailure
 */
export function exchange(request: ExchangeRequest): Promise<ExchangeAnswer> {
  const { url, signal, maxBytes } = request;
  const client = new Client(url.origin, {
    pipelining: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    connect: { timeout: request.connectTimeoutMs, lookup: pinned(request.addresses) },
  });

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
      if (size > maxBytes) failTooLarge();
      else chunks.push(chunk);
    },
    onResponseEnd() {
      if (answer !== undefined) resolve({ ...answer, bytes: Buffer.concat(chunks) });
    },
    onResponseError(_controller, error) {
      fail(...brokenReason(error, sent));
    },
  };

  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  else {
    client.dispatch(
      {
        path: url.pathname + url.search,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
      },
      handler,
    );
  }
  return promise.finally(async () => {
    signal.removeEventListener("abort", onAbort);
    await client.destroy(null);
  });
}

/** Hands the connector what was checked: there is no second look at DNS between the check and the connection. */
function pinned(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (first === undefined) callback(new Error("no checked address"), []);
    else if (options.all) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
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
