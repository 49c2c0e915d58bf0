import { startDeliveries } from "./deliveries.ts";
import { endpointsFor } from "./endpoints.ts";
import { isGone } from "./erase.ts";
import { InfillError, wordFor } from "./errors.ts";
import { isTerminal, type Job, type JobPatch, type Settlement } from "./job.ts";
import type { Clock, Engine, Ids, JobEnd, Log, OutgoingEvent, Records } from "./ports.ts";
import { wakeNext } from "./steps/slot.ts";

/** How a job ends: what is told and what is paid. */
export interface Ending {
  status: JobEnd["patch"]["status"];
  error?: InfillError;
  settlement: JobEnd["settlement"];
  patch?: JobPatch;
  /** Until when the provider may still be at work on it, ms: its place is not given away before. */
  slotUntil?: number;
}

type Paid = Pick<Job, "actual" | "estimate" | "price" | "spent">;

/** Micro-USD that the model which has a job now may charge for it. */
export const priceOfJob = ({ price, estimate }: Pick<Job, "price" | "estimate">): number => price ?? estimate;

/** Nothing, but for what models that failed before may have charged. */
export const refunded = ({ spent = 0 }: Paid): JobEnd["settlement"] =>
  spent === 0 ? { state: "refunded", amount: 0 } : { state: "unreconciled", amount: spent };
/** What it costs – for certain, unless models that failed before may have charged, too. */
export const settled = (job: Paid): JobEnd["settlement"] => ({
  state: job.spent ? "unreconciled" : "settled",
  amount: (job.actual ?? priceOfJob(job)) + (job.spent ?? 0),
});
/** It may have been charged: it counts against the budget until someone reconciles it. */
export const unreconciled = (job: Paid): JobEnd["settlement"] => ({
  state: "unreconciled",
  amount: priceOfJob(job) + (job.spent ?? 0),
});

/** What is to be said of the money when a job ends before the model that has it now was sent anything. */
export const chargedBefore = ({ spent = 0 }: Paid): string =>
  spent === 0 ? "nothing was charged" : "only what was tried before may have been charged";

/**
 * What a job that did not succeed costs, by what is known about the provider having taken it. Only
 * proven non-acceptance or a documented no-charge refunds.
 */
export function settlementOf(
  job: Job,
  charged: "no" | "unknown" | "yes" = "unknown",
): Settlement & JobEnd["settlement"] {
  if (job.acceptance === "none" || charged === "no") return refunded(job);
  if (charged === "yes" || job.outputs !== undefined) return settled(job);
  return unreconciled(job);
}

/**
 * The one terminal transaction, and what follows from it: the outgoing event's deliveries are started.
 * @param job as it was read: when it was sent once more since, it does not end
 * @returns the row as it is now; `undefined` when there is none
 * @throws InfillError `internal` when it was sent since
 */
export async function endJob(
  deps: { records: Records; engine: Engine; clock: Clock; ids: Ids; log: Log },
  job: Job,
  ending: Ending,
): Promise<Job | undefined> {
  const now = deps.clock.now();
  const eventId = deps.ids.make("evt");
  const url = job.request.webhook;
  const type = `job.${ending.status}` as const;
  const endpoints = await endpointsFor(deps.records, job.tenant, type);
  const event: OutgoingEvent = {
    v: 1,
    id: eventId,
    tenant: job.tenant,
    jobId: job.id,
    type,
    createdAt: now,
    ...(url === undefined ? {} : { url }),
    ...(endpoints.length === 0 ? {} : { endpoints }),
    delivery: { state: url === undefined ? "none" : "pending", attempts: 0 },
  };
  const outcome = await deps.records.endJob(job.id, {
    patch: {
      ...ending.patch,
      status: ending.status,
      finishedAt: now,
      phase: undefined,
      progress: ending.status === "succeeded" ? 1 : job.progress,
      pauseToken: undefined,
      eventId,
      ...(ending.error === undefined ? {} : { error: ending.error.toRecord() }),
    },
    settlement: ending.settlement,
    attempt: job.attempt,
    ...(ending.slotUntil === undefined ? {} : { slotUntil: ending.slotUntil }),
    event,
  });
  if (outcome?.ended) {
    const { state, amount } = ending.settlement;
    const ms = now - job.createdAt;
    deps.log.info(
      "job ended",
      {
        job: job.id,
        model: job.request.model,
        status: ending.status,
        ...(ending.error === undefined ? {} : { code: ending.error.code }),
        settlement: state,
        microUsd: amount,
        ms,
      },
      { jobs: 1, spend: amount, duration: ms, status: ending.status },
    );
  }
  // a run that died had sent it once more, and says so only now: what to do is to be read from the row again
  else if (outcome !== undefined && !isTerminal(outcome.job.status))
    throw new InfillError("internal", "The job was sent meanwhile; it is not over");
  if (outcome !== undefined) await announce(deps, outcome.job, outcome.ended ? event : undefined);
  if (outcome?.ended && job.slot !== undefined) await wakeNext(deps, job.slot.provider);
  return outcome?.job;
}

/**
 * Starts the deliveries of a terminal job's event, by name: any number of times is once.
 * @param written the event, where it was just written
 */
export async function announce(
  deps: { records: Pick<Records, "getEvent">; engine: Engine; log: Log },
  job: Job,
  written?: OutgoingEvent,
): Promise<void> {
  if (job.eventId === undefined || isGone(job)) return;
  try {
    const event = written ?? (await deps.records.getEvent(job.eventId));
    if (event !== undefined) await startDeliveries(deps.engine, event);
  } catch (error) {
    deps.log.error("starting a webhook's delivery failed", { job: job.id, event: job.eventId, error: wordFor(error) });
  }
}
