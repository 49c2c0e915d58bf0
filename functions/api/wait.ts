import {
  type Caller,
  type Clock,
  endUserHash,
  type Holds,
  InfillError,
  isGone,
  isTerminal,
  type Job,
  type Links,
  type Records,
} from "@infill/core";

/** The longest answer that is held, seconds: below the 30 s at which gateways give up. */
export const MAX_WAIT_SECONDS = 25;
/** Between looks, ms: soon while a job is young, for most are; then so that minutes of it cost little. */
const lookAfter = (job: Job, now: number): number => (now - job.createdAt < 15_000 ? 250 : 1000);

/** `Prefer: wait=N` (RFC 7240), capped; 0 when the caller does not wait. */
export function preferredWait(prefer: string | undefined): number {
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(prefer ?? "")?.[1];
  return seconds === undefined ? 0 : Math.min(MAX_WAIT_SECONDS, Number(seconds));
}

/** Whose share of the places for held answers counts: of a client token its end user's, of an API key nobody's. */
export const ownerFor = ({ links }: { links: Pick<Links, "keyring"> }, { tenant, token }: Caller): string | undefined =>
  token && endUserHash(links.keyring, tenant, token.user);

/**
 * Holds an answer as its caller prefers, while there is a place for it.
 * @returns the job as it is then, and the seconds for which it would have been held at most: 0 when nobody
 *   waits, or there is no place – then the caller polls, as one does who prefers nothing
 */
export async function holdAnswer(
  deps: WaitDeps & { holds?: Holds; links: Pick<Links, "keyring"> },
  caller: Caller,
  job: Job,
  { prefer, hungUp }: { prefer: string | undefined; hungUp: AbortSignal },
): Promise<{ job: Job; waited: number }> {
  const seconds = preferredWait(prefer);
  if (seconds === 0 || isTerminal(job.status)) return { job, waited: seconds };
  // the job is made by now: what happens to the places must not become its answer
  const hold = await deps.holds?.take(seconds, ownerFor(deps, caller)).catch(() => ({ full: "all" }) as const);
  if (hold !== undefined && "full" in hold) return { job, waited: 0 };
  try {
    return { job: await waitForEnd(deps, job, seconds, hungUp), waited: seconds };
  } finally {
    await hold?.release().catch(() => {}); // its time frees it
  }
}

interface WaitDeps {
  records: Records;
  clock: Clock;
  stopping?: AbortSignal;
}

/** Holds until the job is terminal, the time is up, or the caller or this server is going. Never cancels the job. */
export async function waitForEnd(deps: WaitDeps, job: Job, seconds: number, hungUp: AbortSignal): Promise<Job> {
  const signal = deps.stopping === undefined ? hungUp : AbortSignal.any([hungUp, deps.stopping]);
  const until = deps.clock.now() + seconds * 1000;
  let latest = job;
  while (!isTerminal(latest.status) && deps.clock.now() < until && !signal.aborted) {
    await deps.clock.sleep(lookAfter(job, deps.clock.now()), signal).catch(() => {}); // the loop ends by the signal
    // a look that fails is made again
    latest = (await deps.records.getJob(job.id).catch(() => undefined)) ?? latest;
  }
  if (isGone(latest)) throw new InfillError("not_found", `There is no job ${job.id}`); // erased meanwhile
  return latest;
}
