/**
 * Why a request got no usable answer.
 *
 * - `unsafe-url` – not a place Infill talks to; nothing was sent
 * - `dns`, `connect` – no connection (TCP or TLS), so nothing was sent
 * - `aborted`, `timeout` – before or after it was sent: see `sent`
 * - `broken`, `too-large` – the answer broke off or was not HTTP; it passed the byte cap
 * - `redirects`, `status` – a download that led elsewhere too often, or was answered with another status than 200
 */
export type HttpFailureReason =
  | "unsafe-url"
  | "dns"
  | "connect"
  | "aborted"
  | "timeout"
  | "broken"
  | "too-large"
  | "redirects"
  | "status";

/**
 * A request that failed. `sent` decides about money: `"no"` means that not one byte of the request
 * was handed to a connection, so the other side cannot have acted on it; anything else is `"maybe"`.
 * The message names the host at most: no path, query, header or body.
 */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  readonly reason: HttpFailureReason;
  readonly sent: "no" | "maybe";

  constructor(reason: HttpFailureReason, sent: "no" | "maybe", message: string) {
    super(message);
    this.reason = reason;
    this.sent = sent;
  }
}

/** The failure of a request whose signal fired, at its deadline or by the caller's wish. */
export function abandoned(hostname: string, signal: AbortSignal, sent: "no" | "maybe"): HttpFailure {
  const timedOut = signal.reason instanceof Error && signal.reason.name === "TimeoutError";
  return timedOut
    ? new HttpFailure("timeout", sent, `${hostname}: no answer in time`)
    : new HttpFailure("aborted", sent, `${hostname}: the request was abandoned`);
}
