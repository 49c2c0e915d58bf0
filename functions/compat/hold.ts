import { InfillError, isTerminal, type Job } from "@infill/core";
import { waitForEnd } from "../api/wait.ts";
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

/**
 * Takes a place for an answer that is held, before anything is begun.
 * @returns what gives it back: once, however often it is called. Never rejects
 * @throws InfillError `rate_limited` when every place is taken
 */
export async function takePlace({ holds }: Pick<CompatDeps, "holds">): Promise<() => Promise<void>> {
  const release = holds === undefined ? async () => {} : await holds.take(HOLD_SECONDS);
  if (release !== undefined) {
    let given: Promise<void> | undefined;
    return () => {
      given ??= release().catch(() => {}); // its time frees it
      return given;
    };
  }
  throw new InfillError(
    "rate_limited",
    "As many edits are waited for here as may be at one time; nothing was begun. POST /v1/inpaint waits for nobody",
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
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
