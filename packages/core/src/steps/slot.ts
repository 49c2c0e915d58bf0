import { wordFor } from "../errors.ts";
import type { Job } from "../job.ts";
import type { Clock, Engine, Log, Records } from "../ports.ts";
import type { Provider } from "../provider.ts";
import type { WorkflowDeps } from "./deps.ts";
import type { Verb } from "./verb.ts";

/** Whoever leaves wakes the next. Should that fail, the next looks by itself: the loss costs time, and no job. ms */
const LOOK_AGAIN_MS = 120_000;

/**
 * A place with the provider that serves a job now, where it takes only so many at once. Without a free one the
 * job is in line and sleeps: whoever leaves wakes the first.
 *
 * @returns the row as it is with its place; what to do instead; `undefined` when the row is not as it was read
 */
export async function seat(
  deps: WorkflowDeps,
  before: Job,
  execution: string,
  { name }: Provider,
): Promise<Job | Verb | undefined> {
  let job = before;
  if (job.slot !== undefined && job.slot.provider !== name) {
    // it went on to another provider's model
    await deps.records.leaveSlot(job.id);
    await wakeNext(deps, job.slot.provider);
    job = (await deps.records.getJob(job.id)) ?? job;
  }
  const places = deps.catalogue.slots(name);
  if (places === undefined) return job;
  const answer = await take(deps, job, execution, name, places);
  if (answer === undefined) return undefined;
  if (answer.taken) return answer.job;

  const now = deps.clock.now();
  // a second later, so that the lease is over by then on this clock, too
  const until = Math.min(answer.until + 1000, now + LOOK_AGAIN_MS, job.deadlineAt);
  const reason = `${name} is asked for ${places} at a time, and others came before`;
  await deps.records.updateJob(job.id, { execution, attempt: job.attempt }, { waiting: { reason, until } });
  return { do: "submit", afterSeconds: Math.max(1, (until - now) / 1000) };
}

/**
 * Asks once more for a job in line, now that it can be woken: who left before that woke nobody.
 * @returns whether it has its place
 */
export async function seatedMeanwhile(deps: WorkflowDeps, job: Job, execution: string): Promise<boolean> {
  if (job.slot === undefined || job.slot.place !== undefined) return false;
  const { provider } = job.slot;
  const places = deps.catalogue.slots(provider);
  // nobody counts any more: on it goes
  if (places === undefined) return true;
  return (await take(deps, job, execution, provider, places))?.taken === true;
}

async function take(deps: WorkflowDeps, job: Job, execution: string, provider: string, places: number) {
  const guard = { execution, notCanceled: true, attempt: job.attempt } as const;
  const answer = await deps.records.takeSlot(job.id, guard, { provider, places, now: deps.clock.now() });
  // one who leaves wakes one; that one passes it on while there is room
  if (answer?.taken && answer.free > 0 && job.slot?.place === undefined) await wakeNext(deps, provider);
  return answer;
}

/** Wakes the first in line, if it sleeps: it looks for itself whether it is its turn. */
export async function wakeNext(
  { records, engine, clock, log }: { records: Records; engine: Engine; clock: Clock; log: Log },
  provider: string,
): Promise<void> {
  try {
    const id = await records.firstInLine(provider, clock.now());
    const next = id === undefined ? undefined : await records.getJob(id);
    if (next?.pauseToken !== undefined) await engine.complete(next.pauseToken);
  } catch (error) {
    // it looks by itself before long
    log.warn("the next in line could not be woken", { provider, error: wordFor(error) });
  }
}
