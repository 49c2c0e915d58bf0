import { InfillError } from "./errors.ts";
import { parseInput, schemas } from "./input.ts";
import type { Job } from "./job.ts";
import { getJob, type JobDeps } from "./jobs.ts";
import type { Caller } from "./keys.ts";

/** What can be wrong with what an edit shows, all that there is. */
export const REPORT_REASONS = [
  "sexual",
  "minors",
  "violence",
  "hate",
  "harassment",
  "deception",
  "privacy",
  "copyright",
  "other",
] as const;
export type ReportReason = (typeof REPORT_REASONS)[number];

/** What somebody said of a job, on its row. */
export interface Report {
  reason: ReportReason;
  text?: string;
  /** Whether the job's own user said it, by a token; else a key of the tenant's did. */
  by: "key" | "user";
  /** ms since the epoch. */
  at: number;
}

/**
 * Keeps what somebody says of a job, whatever has become of it. A job has one report: a later one takes its
 * place, and each is counted.
 * @throws InfillError `invalid_request`; `not_found` as {@link getJob} does
 */
export async function reportJob(
  deps: JobDeps,
  caller: Caller,
  id: string,
  body: unknown,
): Promise<{ job: Job; report: Report }> {
  const { reportInput } = await schemas();
  const { reason, text } = parseInput(reportInput, body);
  const found = await getJob(deps, caller, id);
  const by = caller.token === undefined ? "key" : "user";
  const report: Report = { reason, ...(text === undefined ? {} : { text }), by, at: deps.clock.now() };
  const job = await deps.records.reportJob(found.id, report);
  if (job === undefined) throw new InfillError("not_found", `There is no job ${id}`); // erased meanwhile
  deps.log.info("job reported", { job: job.id, model: job.request.model, reason, by }, { reports: 1 });
  return { job, report };
}
