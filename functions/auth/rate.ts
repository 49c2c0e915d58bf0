import { type Caller, type Clock, InfillError, type Quota, type Records, rateQuotas } from "@infill/core";
import type { Context } from "hono";

const MINUTE_SECONDS = 60;

/**
 * Counts a write against its caller's rates, in the records: every invocation counts together. Callers without
 * a rate cost nothing. Fixed windows of a minute, one conditional update each.
 *
 * Answers carry `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers, structured fields).
 * @throws InfillError `rate_limited`, with the seconds until the next window
 */
export async function countWrite(
  c: Context,
  { records, clock }: { records: Pick<Records, "count">; clock: Pick<Clock, "now"> },
  caller: Caller,
): Promise<void> {
  const now = clock.now();
  const quotas = rateQuotas(caller, now);
  if (quotas.length === 0) return;
  const counts: { quota: Quota; left: number; full: boolean }[] = [];
  for (const quota of quotas) {
    const used = await records.count(quota.counter, quota.limit, quota.resetsAt + MINUTE_SECONDS * 1000);
    counts.push({ quota, left: used === undefined ? 0 : quota.limit - used, full: used === undefined });
    if (used === undefined) break;
  }
  const secondsLeft = Math.ceil(((quotas[0]?.resetsAt ?? now) - now) / 1000);
  c.header(
    "ratelimit-policy",
    quotas.map(({ scope, limit }) => `"${scope}";q=${limit};w=${MINUTE_SECONDS}`).join(", "),
  );
  c.header("ratelimit", counts.map(({ quota, left }) => `"${quota.scope}";r=${left};t=${secondsLeft}`).join(", "));
  const full = counts.find((count) => count.full)?.quota;
  if (full === undefined) return;
  throw new InfillError(
    "rate_limited",
    `This ${full.scope} may write ${full.limit} times a minute; the next minute begins in ${secondsLeft} s`,
    { retryAfterSeconds: secondsLeft, details: { limit: full.limit, left: 0, scope: full.scope } },
  );
}
