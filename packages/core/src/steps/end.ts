import { InfillError, ProviderFailure } from "../errors.ts";
import type { Job, JobPatch } from "../job.ts";
import { chargedBefore, endJob, refunded, settled, settlementOf, unreconciled } from "../settle.ts";
import type { WorkflowDeps } from "./deps.ts";
import { ended, type Verb } from "./verb.ts";

/** Ends a job as failed; what it costs follows from what is known about the provider. */
export async function failed(deps: WorkflowDeps, job: Job, error: InfillError, patch: JobPatch = {}): Promise<Verb> {
  const charged = error instanceof ProviderFailure ? error.charged : "unknown";
  const row = { ...job, ...patch } as Job;
  const over = error instanceof ProviderFailure;
  const settlement = settlementOf(row, charged);
  await endJob(deps, job, { status: "failed", error, settlement, patch, ...(over ? {} : stillAtWork(deps, row)) });
  return ended;
}

/** Such work rarely takes more than so many times what is typical. */
const LONG = 4;

/** Until when the provider of a job that ends may be at work on it all the same. */
function stillAtWork(deps: WorkflowDeps, job: Job): { slotUntil?: number } {
  const { acceptance, outputs, submittedAt, deadlineAt, request } = job;
  if (acceptance === "none" || outputs !== undefined || submittedAt === undefined) return {};
  const typical = deps.catalogue.model(request.model)?.typicalSeconds ?? 0;
  return { slotUntil: Math.min(deadlineAt, submittedAt + LONG * typical * 1000) };
}

/** Ends a job as canceled. Before submit it costs nothing; after, it may have been charged. */
export async function canceled(deps: WorkflowDeps, job: Job): Promise<Verb> {
  const model = deps.catalogue.model(job.request.model);
  const settlement =
    job.acceptance === "none" || model?.repeatable
      ? refunded(job)
      : job.outputs === undefined
        ? unreconciled(job)
        : settled(job);
  const error = new InfillError("canceled", "The job was canceled by its caller");
  await endJob(deps, job, { status: "canceled", error, settlement, ...stillAtWork(deps, job) });
  return ended;
}

/** Ends a job whose outcome nobody will learn any more. Not retryable: it may have been charged. */
export const unknown = (deps: WorkflowDeps, job: Job, message: string): Promise<Verb> =>
  failed(deps, job, new InfillError("outcome_unknown", `${message}; the provider may have charged for it`));

/** Ends a job that ran out of time before the model that has it now was sent anything. */
export const late = (deps: WorkflowDeps, job: Job, message: string): Promise<Verb> =>
  failed(deps, job, new InfillError("provider_unavailable", `${message}; ${chargedBefore(job)}`));
