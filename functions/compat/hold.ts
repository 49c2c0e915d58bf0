import { type Caller, InfillError, isTerminal, type Job } from "@infill/core";
import { ownerFor, waitForEnd } from "../api/wait.ts";
import type { CompatDeps } from "./context.ts";

/** The longest answer that is held, seconds: under Lambda's 15 minutes, with time left to send a picture. */
export const HOLD_SECONDS = 870;
/** A job's life here, seconds: it ends, one way or the other, while its caller still waits. */
export const DEADLINE_SECONDS = 840;
/** A silent connection is cut by whatever is in between, by some after half a minute; seconds. */
const HEARTBEAT_SECONDS = 15;
/** Where pictures of the work under way are waited for, too. */
export const PREVIEW_SECONDS = 1;

/** Places come back when edits end; seconds. */
const RETRY_AFTER_SECONDS = 5;

const FULL = {
  all: "As many edits are waited for here as may be at one time",
  share: "This user waits for as many edits here as one user may at one time",
};

/**
 * Takes a place for an answer that is held, before anything is begun.
 * @returns what gives it back: once, however often it is called. Never rejects
 * @throws InfillError `rate_limited` when every place is taken, or an end user has their share of them
 */
export async function takePlace(deps: CompatDeps, caller: Caller): Promise<() => Promise<void>> {
  if (deps.holds === undefined) return async () => {};
  const hold = await deps.holds.take(HOLD_SECONDS, ownerFor(deps, caller));
  if ("full" in hold)
    throw new InfillError(
      "rate_limited",
      `${FULL[hold.full]}; nothing was begun. Try again in a few seconds, or use POST /v1/inpaint, which answers at once`,
      {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      },
    );
  let given: Promise<void> | undefined;
  return () => {
    given ??= hold.release().catch(() => {}); // its time frees it
    return given;
  };
}

/**
 * Beats with the job as it stands while it goes on, and gives it as it is when it has ended, the time is up,
 * or the caller or this server is going. Never cancels it.
 * @param until ms since the epoch
 */
export async function* beatUntilEnd(
  deps: CompatDeps,
  job: Job,
  until: number,
  hungUp: AbortSignal,
  beatSeconds = HEARTBEAT_SECONDS,
): AsyncGenerator<Job, Job> {
  let latest = job;
  for (;;) {
    const left = (until - deps.clock.now()) / 1000;
    if (isTerminal(latest.status) || left <= 0 || hungUp.aborted || deps.stopping?.aborted) return latest;
    yield latest;
    latest = await waitForEnd(deps, latest, Math.min(beatSeconds, left), hungUp);
  }
}
