import type { WorkflowDeps } from "./deps.ts";

/** Takes the row for this execution. Any other execution of the same job exits. */
export async function claim(deps: WorkflowDeps, jobId: string, execution: string) {
  const job = await deps.records.claimJob(jobId, execution, deps.clock.now());
  if (job === undefined) return { claimed: false, repeatable: false };
  return { claimed: true, repeatable: deps.catalogue.model(job.request.model)?.repeatable === true };
}
