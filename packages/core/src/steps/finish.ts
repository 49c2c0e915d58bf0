import { InfillError } from "../errors.ts";
import { isTerminal, type StoredResult } from "../job.ts";
import { endJob, settled } from "../settle.ts";
import { readPhoto, type WorkflowDeps, workKeys } from "./deps.ts";
import { canceled, failed } from "./end.ts";
import { ended, type Verb } from "./verb.ts";
import { Canceled, watched } from "./watch.ts";

/** Pastes each picture back into the original, stores it, and writes the terminal transaction. */
export async function finish(deps: WorkflowDeps, jobId: string, execution: string): Promise<Verb> {
  const job = await deps.records.updateJob(jobId, { execution }, { phase: "storing", progress: 0.9 });
  if (job === undefined || isTerminal(job.status)) return ended;
  if (job.cancelRequestedAt !== undefined) return canceled(deps, job);
  const { plan, outputs, request } = job;
  if (plan === undefined || outputs === undefined) throw new Error("finish before an answer");

  try {
    const paste = async (signal: AbortSignal, onProgress: (progress: number) => void) => {
      const [image, mask, sent, pixels] = await Promise.all([
        readPhoto(deps, job),
        deps.objects.read(job.mask.key, job.mask.etag),
        deps.objects.read(workKeys(jobId).image),
        deps.pixels(),
      ]);
      const stored: StoredResult[] = [];
      for (const [index, key] of outputs.entries()) {
        const { bytes, ...finished } = await pixels.finish({
          image,
          mask,
          plan,
          sent,
          answer: await deps.objects.read(key),
          outputFormat: request.outputFormat,
          signal,
          ...(request.outputQuality === undefined ? {} : { outputQuality: request.outputQuality }),
        });
        const resultKey = `r/${jobId}/${index}.${request.outputFormat}`;
        await deps.objects.write(resultKey, bytes, finished.contentType);
        stored.push({ key: resultKey, bytes: bytes.length, ...finished });
        onProgress(stored.length / outputs.length);
      }
      return stored;
    };
    const results = await watched(deps, job, [0.9, 1], paste, { untilDeadline: false });
    const short = results.length < request.n ? [`The provider gave ${results.length} of ${request.n} pictures`] : [];
    await endJob(deps, job, {
      status: "succeeded",
      settlement: settled(job),
      patch: { results, warnings: [...job.warnings, ...short] },
    });
    return ended;
  } catch (error) {
    if (error instanceof Canceled) return canceled(deps, job);
    if (error instanceof InfillError && !error.retryable) return failed(deps, job, error);
    throw error;
  }
}
