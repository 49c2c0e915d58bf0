import { eraseJob } from "../erase.ts";
import { InfillError } from "../errors.ts";
import { isTerminal } from "../job.ts";
import { announce } from "../settle.ts";
import { type WorkflowDeps, workKeys } from "./deps.ts";
import { failed } from "./end.ts";
import { wakeNext } from "./slot.ts";

/** Ends a job whose step kept breaking: the caller hears of it now, not at the deadline. */
export async function giveUp(deps: WorkflowDeps, jobId: string, reason: string) {
  deps.log.error("a job's step kept failing", { job: jobId, reason });
  const job = await deps.records.getJob(jobId);
  if (job === undefined || isTerminal(job.status)) return null;
  const error = new InfillError("internal", "A part of this edit kept failing on our side", {
    details: { job: jobId },
  });
  await failed(deps, job, error);
  return null;
}

/**
 * After the end: the pictures that were made for the provider go – of a job that is to be erased, all of it –
 * the event is on its way, and whoever is next in line for the provider is awake.
 */
export async function close(deps: WorkflowDeps, jobId: string) {
  await deps.objects.removeAll(workKeys(jobId).prefix);
  const job = await deps.records.getJob(jobId);
  if (job === undefined) return null;
  if (job.eraseRequestedAt !== undefined && isTerminal(job.status)) await eraseJob(deps, job);
  else await announce(deps, job);
  // once more: whoever ended it may have died before that
  const provider = deps.catalogue.model(job.request.model)?.provider;
  if (provider !== undefined && deps.catalogue.slots(provider) !== undefined) await wakeNext(deps, provider);
  return null;
}
