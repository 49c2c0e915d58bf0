import type { Job } from "../job.ts";
import { CONFIGURED } from "../price.ts";
import type { ProviderOutput, ProviderUsage } from "../provider.ts";
import { priceOfJob } from "../settle.ts";
import { type WorkflowDeps, workKeys } from "./deps.ts";
import { watched } from "./watch.ts";

/**
 * Brings a provider's pictures into our own storage, one after another: their links die within
 * minutes or hours, and ours do not.
 * @returns false when the job has ended, or gone on with another model, meanwhile
 */
export async function collect(
  deps: WorkflowDeps,
  job: Job,
  execution: string,
  { outputs, usage }: { outputs: readonly ProviderOutput[]; usage?: ProviderUsage | undefined },
): Promise<boolean> {
  const keys = workKeys(job.id);
  const stored: string[] = [];
  const bring = async (signal: AbortSignal) => {
    for (const [index, output] of outputs.slice(0, job.request.n).entries()) {
      const bytes = await output.read(signal);
      const key = keys.output(job.attempt, index);
      await deps.objects.write(key, bytes, "application/octet-stream");
      stored.push(key);
    }
  };
  await watched(deps, job, [0.85, 0.9], bring, { untilDeadline: false });
  const row = await deps.records.updateJob(
    job.id,
    { execution, attempt: job.attempt },
    {
      outputs: stored,
      answeredAt: deps.clock.now(),
      actual: (isConfigured(deps, job) ? undefined : usage?.costMicroUsd) ?? priceOfJob(job),
      ...(usage?.units === undefined ? {} : { usage: usage.units }),
    },
  );
  return row !== undefined;
}

const isConfigured = ({ catalogue }: WorkflowDeps, { request }: Job): boolean =>
  catalogue.model(request.model)?.price.source === CONFIGURED;
