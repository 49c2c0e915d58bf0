/**
 * How long an answer asks to wait, in whole seconds, 1–3600: `Retry-After-Ms`, which some vendors send beside
 * the other, else `Retry-After` (seconds or an HTTP date, RFC 9110 §10.2.3), else `X-RateLimit-Reset` (seconds
 * since the epoch).
 * @param now ms since the epoch
 */
export function retryAfterSeconds(headers: Headers, now: number): number | undefined {
  const milliseconds = headers.get("retry-after-ms")?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(milliseconds)) return bounded(Number(milliseconds) / 1000);
  const retryAfter = headers.get("retry-after")?.trim();
  if (retryAfter !== undefined && retryAfter !== "") {
    if (/^\d+$/.test(retryAfter)) return bounded(Number(retryAfter));
    const date = Date.parse(retryAfter);
    if (!Number.isNaN(date)) return bounded((date - now) / 1000);
  }
  const reset = headers.get("x-ratelimit-reset")?.trim();
  return reset !== undefined && /^\d+$/.test(reset) ? bounded(Number(reset) - now / 1000) : undefined;
}

/** Whole seconds, 1–3600: a vendor's clock or wish must neither spin us nor park a job for good. */
export const bounded = (seconds: number): number => Math.min(3600, Math.max(1, Math.ceil(seconds)));
