import { isTerminal, type Job } from "./job.ts";
import type { JobGuard } from "./ports.ts";

/** Whether a write on a row may happen, by the row as it was read. */
export function guardHolds(guard: JobGuard, job: Job): boolean {
  if (isTerminal(job.status)) return false;
  if (guard.execution !== undefined && job.execution !== guard.execution) return false;
  if (guard.notCanceled && job.cancelRequestedAt !== undefined) return false;
  if (guard.attempt !== undefined && job.attempt !== guard.attempt) return false;
  return guard.acceptance === undefined || job.acceptance === guard.acceptance;
}
