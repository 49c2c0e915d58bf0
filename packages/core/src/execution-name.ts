import type { Job } from "./job.ts";
import type { Engine } from "./ports.ts";

/**
 * What the execution of a job is called: `{job}-{ms when it was made}`. An idempotency key that is used again
 * when the job it made is gone makes another of the same id, and an engine keeps a name for days after its end.
 */
export const executionNameOf = ({ id, createdAt }: Pick<Job, "id" | "createdAt">): string => `${id}-${createdAt}`;

/** Which job an execution was started for. `createdAt`: absent in a name that has none. */
export function jobOfExecutionName(name: string): { id: string; createdAt?: number } {
  const [id = "", createdAt] = name.split("-");
  return createdAt === undefined ? { id } : { id, createdAt: Number(createdAt) };
}

/**
 * Starts a job's workflow, by name: any number of times is once.
 * @throws what the engine throws
 */
export const startExecution = (engine: Pick<Engine, "start">, job: Pick<Job, "id" | "createdAt">): Promise<void> =>
  engine.start("inpaint", executionNameOf(job), { jobId: job.id });
