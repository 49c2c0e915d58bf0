import type { Job } from "../job.ts";
import type { ProviderCall } from "../provider.ts";
import { type WorkflowDeps, workKeys } from "./deps.ts";

/** How often a running step looks for a cancel request, ms. */
const LOOK_EVERY_MS = 1000;
/** Progress is written no more often than this, ms. */
const WRITE_EVERY_MS = 400;

export class Canceled extends Error {
  override readonly name = "Canceled";
}
export class PastDeadline extends Error {
  override readonly name = "PastDeadline";
}

/**
 * Runs work that may take long, with a signal that fires when the caller cancels or the deadline
 * passes, and a progress callback that reaches the row.
 * @param range where this work's 0–1 lies within the job's own progress
 * @param options `untilDeadline: false` for work on what is already paid for
 */
export async function watched<T>(
  deps: WorkflowDeps,
  job: Job,
  range: readonly [number, number],
  work: (signal: AbortSignal, onProgress: NonNullable<ProviderCall["onProgress"]>) => Promise<T>,
  { untilDeadline = true } = {},
): Promise<T> {
  const stop = new AbortController();
  const done = new AbortController();

  const watch = async () => {
    for (;;) {
      const left = untilDeadline ? job.deadlineAt - deps.clock.now() : Number.POSITIVE_INFINITY;
      if (left <= 0) return stop.abort(new PastDeadline());
      await deps.clock.sleep(Math.min(LOOK_EVERY_MS, left), done.signal);
      const row = await deps.records.getJob(job.id).catch(() => undefined); // looked at again in a second
      if (row?.cancelRequestedAt !== undefined) return stop.abort(new Canceled());
    }
  };
  const watcher = watch().catch(() => {}); // the sleep ends by `done`

  let written = 0;
  let shown = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const note = async (share: number, picture?: Uint8Array) => {
    const progress = range[0] + (range[1] - range[0]) * Math.min(1, Math.max(0, share));
    const { preview } = workKeys(job.id);
    if (picture === undefined) return void (await deps.records.updateJob(job.id, {}, { progress }));
    await deps.objects.write(preview, picture, "image/png");
    shown += 1;
    await deps.records.updateJob(job.id, {}, { progress, preview, previews: shown });
  };
  const onProgress = (share: number, picture?: Uint8Array) => {
    const now = deps.clock.now();
    if (picture === undefined && now - written < WRITE_EVERY_MS) return;
    written = now;
    writing = writing.then(() => note(share, picture)).catch(() => {});
  };

  try {
    return await work(stop.signal, onProgress);
  } finally {
    done.abort();
    await Promise.all([watcher, writing]);
  }
}
