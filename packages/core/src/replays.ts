import { isGone } from "./erase.ts";
import { jobIdOf } from "./jobs.ts";
import type { Caller } from "./keys.ts";
import type { Clock, Ids, Records, Replay } from "./ports.ts";

/** How long a request whose answer nobody got may be the same request again without saying so, ms. */
export const UNDELIVERED_MS = 10 * 60_000;
/** How long a client may go on retrying, ms: three attempts of the longest answer there is. */
const KEPT_MS = 60 * 60_000;

interface ReplayDeps {
  records: Records;
  clock: Clock;
  ids: Ids;
  namespace: string;
}

/**
 * The idempotency key that a request without one goes by.
 *
 * It is an earlier request's, so that its job is joined and not paid for twice, when the client says it
 * is retrying, or when the earlier answer was never handed over and is less than ten minutes old. Else
 * it is a new one: somebody who has an answer and asks again wants another variation. Two identical
 * requests at one moment are therefore one job: nobody has an answer yet, and a client that lost its
 * connection looks just like this. Whoever wants several variations asks for `n`, or sends keys.
 *
 * A job that came to nothing, cost nothing and may succeed the next time is not joined: to be made again
 * is what its retry is for. Nor is one that was erased, unless the client says that it is retrying.
 *
 * @param asked `fingerprint`: of who asks and everything asked for; `retrying`: the client says so
 */
export async function replayKey(
  deps: ReplayDeps,
  caller: Caller,
  asked: { fingerprint: string; retrying: boolean },
): Promise<string> {
  const now = deps.clock.now();
  const earlier = await deps.records.getReplay(asked.fingerprint);
  if (
    earlier !== undefined &&
    isSame(earlier, asked.retrying, now) &&
    !(await isVain(deps, caller, earlier, asked.retrying))
  )
    return earlier.key;
  const fresh = {
    v: 1,
    fingerprint: asked.fingerprint,
    key: deps.ids.make("req"),
    createdAt: now,
    keptUntil: now + KEPT_MS,
  } as const;
  return (await deps.records.putReplay(fresh, earlier?.key)).key;
}

function isSame(earlier: Replay, retrying: boolean, now: number): boolean {
  if (now >= earlier.keptUntil) return false;
  return retrying || (earlier.deliveredAt === undefined && now - earlier.createdAt < UNDELIVERED_MS);
}

async function isVain(deps: ReplayDeps, caller: Caller, { key }: Replay, retrying: boolean): Promise<boolean> {
  const job = await deps.records.getJob(jobIdOf(deps, caller, key));
  // a retry of what was erased is not a second bill
  if (job !== undefined && isGone(job)) return !retrying;
  return job?.status === "failed" && job.error?.retryable === true && job.settlement.state === "refunded";
}
