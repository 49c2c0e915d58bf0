import { isTerminal } from "../job.ts";
import type { WorkflowDeps } from "./deps.ts";
import { seatedMeanwhile } from "./slot.ts";

/** Stores a pause's token, then reads once more what may have come before it could be found. */
export async function arm(deps: WorkflowDeps, jobId: string, execution: string, pauseToken: string) {
  const job = await deps.records.updateJob(jobId, { execution }, { pauseToken });
  if (job === undefined || isTerminal(job.status) || job.cancelRequestedAt !== undefined) return { suspend: false };
  if (await seatedMeanwhile(deps, job, execution)) return { suspend: false };
  // of what was not sent there is no word: callbacks are those of a model that the job has left
  if (job.acceptance === "none") return { suspend: true };
  const callbacks = await deps.records.listCallbacks(jobId);
  return { suspend: callbacks.length <= job.callbacksSeen };
}
