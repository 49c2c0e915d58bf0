import { InfillError, wordFor } from "../errors.ts";
import { isTerminal, type Job } from "../job.ts";
import { questionAbout, type Verdict } from "../moderation.ts";
import type { WorkflowDeps } from "./deps.ts";
import { canceled, failed } from "./end.ts";
import { ended, type Verb } from "./verb.ts";
import { Canceled, PastDeadline, watched } from "./watch.ts";

/** Pauses before a question is put again, seconds; after the last one nobody is asked any more. */
const PAUSES = [2, 10];

/**
 * Asks the operator whether this edit may be made, before anything of it is sent to a vendor. The verdict is on
 * the row: nobody is asked again, whichever model the job goes on with.
 * @param round how often it was asked, this time included
 */
export async function moderate(deps: WorkflowDeps, jobId: string, execution: string, round: number): Promise<Verb> {
  const job = await deps.records.getJob(jobId);
  if (job === undefined || isTerminal(job.status)) return ended;
  if (job.cancelRequestedAt !== undefined) return canceled(deps, job);
  const { moderation } = deps;
  const goOn: Verb = { do: "submit", afterSeconds: 0 };
  if (moderation === undefined || job.moderation !== undefined) return goOn;
  if (deps.clock.now() >= job.deadlineAt) return unanswered(deps, job);

  let verdict: Verdict | undefined;
  try {
    verdict = await watched(deps, job, [0.15, 0.2], async (signal) =>
      moderation.ask(await questionAbout(deps.objects, job), signal),
    );
  } catch (error) {
    if (error instanceof Canceled) return canceled(deps, job);
    deps.log.warn("moderation did not answer", { job: jobId, round, error: wordFor(error) });
    if (error instanceof PastDeadline) return unanswered(deps, job);
    const afterSeconds = PAUSES[round - 1];
    if (afterSeconds !== undefined) return { do: "moderate", afterSeconds };
  }
  if (verdict?.allow === false) return refused(deps, job, verdict);
  if (verdict === undefined && moderation.onFailure === "refuse") return unanswered(deps, job);
  const at = deps.clock.now();
  const guard = { execution, attempt: job.attempt };
  if (verdict !== undefined) await deps.records.updateJob(jobId, guard, { moderation: { state: "allowed", at } });
  else {
    deps.log.error("an edit goes on without moderation's answer", { job: jobId }, { unmoderated: 1 });
    const warnings = [...job.warnings, "Moderation did not answer, and the edit was made without it"];
    await deps.records.updateJob(jobId, guard, { moderation: { state: "unanswered", at }, warnings });
  }
  return goOn;
}

function refused(deps: WorkflowDeps, job: Job, { reason }: Verdict): Promise<Verb> {
  deps.log.info("moderation refused an edit", { job: job.id, model: job.request.model });
  const error = new InfillError("content_rejected", reason ?? "This edit is not allowed here", {
    details: { by: "operator" },
  });
  return failed(deps, job, error, { moderation: { state: "refused", at: deps.clock.now() } });
}

function unanswered(deps: WorkflowDeps, job: Job): Promise<Verb> {
  deps.log.error("an edit ends without moderation's answer", { job: job.id }, { unmoderated: 1 });
  const error = new InfillError(
    "internal",
    "Nobody could say whether this edit is allowed; it was sent to no vendor and costs nothing: try again later",
  );
  return failed(deps, job, error);
}
