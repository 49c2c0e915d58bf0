import { InfillError } from "../errors.ts";
import { isTerminal } from "../job.ts";
import { priceOf } from "../price.ts";
import { isUnmoderated, readPhoto, servedBy, type WorkflowDeps, workKeys } from "./deps.ts";
import { elsewhere } from "./elsewhere.ts";
import { canceled, failed, late } from "./end.ts";
import { goOn } from "./submit.ts";
import { ended, type Verb } from "./verb.ts";
import { Canceled, PastDeadline, watched } from "./watch.ts";

/**
 * Checks both pictures by decoding them, before any money is spent, and renders what the provider is sent.
 * A job that is prepared goes on from where its row stands: an earlier run did this, and maybe more.
 */
export async function prepare(deps: WorkflowDeps, jobId: string, execution: string): Promise<Verb> {
  const earlier = await deps.records.getJob(jobId);
  if (earlier?.plan !== undefined) return goOn(deps, earlier);
  const job = await deps.records.updateJob(jobId, { execution }, { phase: "preparing", progress: 0.05 });
  if (job === undefined || isTerminal(job.status)) return ended;
  if (job.cancelRequestedAt !== undefined) return canceled(deps, job);
  try {
    const { model } = servedBy(deps, job);
    const { request } = job;
    const keys = workKeys(jobId);
    // a result goes when its job is erased: whoever is paid to go on from it keeps a copy until the end
    const own = job.image.key.startsWith("r/") ? { ...job.image, key: keys.photo } : undefined;
    const prepared = await watched(deps, job, [0.05, 0.15], async (signal) => {
      const [image, mask] = await Promise.all([readPhoto(deps, job), deps.objects.read(job.mask.key, job.mask.etag)]);
      if (own !== undefined) await deps.objects.write(own.key, image, own.contentType);
      const pixels = await deps.pixels();
      return pixels.prepare({
        image,
        mask,
        settings: request.edit,
        sizes: model.sizes,
        maskRule: model.mask,
        signal,
        ...(request.size === undefined ? {} : { size: request.size }),
      });
    });
    await Promise.all([
      deps.objects.write(keys.image, prepared.image, "image/png"),
      deps.objects.write(keys.mask, prepared.mask, "image/png"),
    ]);
    const { plan } = prepared;
    const warnings = [...new Set([...job.warnings, ...prepared.warnings])];
    const price = priceOf(model, { ...request, size: plan.work });
    await deps.records.updateJob(
      jobId,
      { execution, attempt: job.attempt },
      { ...(own && { image: own }), plan, price, warnings, preparedAt: deps.clock.now(), progress: 0.15 },
    );
    return { do: isUnmoderated(deps, job) ? "moderate" : "submit", afterSeconds: 0 };
  } catch (error) {
    if (error instanceof Canceled) return canceled(deps, job);
    if (error instanceof PastDeadline) return late(deps, job, "The deadline passed before the pictures were ready");
    if (error instanceof InfillError && !error.retryable)
      return (await elsewhere(deps, job, execution, error)) ?? failed(deps, job, error);
    throw error; // storage hiccups: the engine runs this step again
  }
}
