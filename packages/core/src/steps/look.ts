import { callbackBytes } from "../callbacks.ts";
import { InfillError, wordFor } from "../errors.ts";
import { sha256Hex } from "../ids.ts";
import { isTerminal, type Job } from "../job.ts";
import type { PollOutcome, Provider, ProviderJob } from "../provider.ts";
import { collect } from "./collect.ts";
import { providerOf, type WorkflowDeps } from "./deps.ts";
import { elsewhere } from "./elsewhere.ts";
import { canceled, failed, unknown } from "./end.ts";
import { interrupted } from "./submit.ts";
import { ended, lookAfter, type Verb } from "./verb.ts";
import { Canceled, watched } from "./watch.ts";

const LONGEST_PAUSE_SECONDS = 60;
/** A question that fails when the deadline is past is asked again for so long: the work may be done, and paid for. ms */
const ASKED_AGAIN_MS = 30_000;

/**
 * Looks at accepted work: reads the inbox for an id, then asks the provider itself. What a callback
 * claims is never believed.
 */
export async function look(deps: WorkflowDeps, jobId: string, execution: string, round: number): Promise<Verb> {
  const found = await deps.records.getJob(jobId);
  if (found === undefined || isTerminal(found.status)) return ended;
  if (found.cancelRequestedAt !== undefined) return canceled(deps, found);
  // the run that made another model the job's died before it said so
  if (found.plan === undefined) return { do: "prepare" };
  const provider = providerOf(deps, found);
  // its key may be back before the deadline: what it took is not given up for that
  if (provider === undefined) deps.log.error("nobody can be asked: the provider has no key", { job: jobId });

  const job = provider === undefined ? found : await readInbox(deps, found, execution, provider);
  if (job === undefined) return ended;
  const { providerJob } = job;
  const verb =
    provider === undefined || providerJob === undefined
      ? undefined
      : await ask(deps, job, execution, provider, providerJob);
  if (verb !== undefined && verb !== "unanswered") return verb;

  const until = job.deadlineAt + (verb === "unanswered" ? ASKED_AGAIN_MS : 0);
  if (deps.clock.now() >= until) return unknown(deps, job, "The deadline passed before the provider answered");
  return lookAfter(deps, job, pauseAfter(jobId, round));
}

/** 2 s growing to a minute, ±20 %, the same on every run: many jobs do not ask in step. */
function pauseAfter(jobId: string, round: number): number {
  const jitter = 0.8 + (0.4 * Number.parseInt(sha256Hex(`${jobId}:${round}`).slice(0, 8), 16)) / 0xffffffff;
  return Math.min(LONGEST_PAUSE_SECONDS, 2 * 1.4 ** (round - 1)) * jitter;
}

/** Learns the provider's id from a callback when the submit's own answer was lost. */
async function readInbox(
  deps: WorkflowDeps,
  job: Job,
  execution: string,
  provider: Provider,
): Promise<Job | undefined> {
  const callbacks = await deps.records.listCallbacks(job.id);
  if (callbacks.length <= job.callbacksSeen) return job;
  let providerJob: ProviderJob | undefined = job.providerJob;
  for (const callback of callbacks.slice(job.callbacksSeen)) {
    // word of a model that the job has left, though it may be the same vendor's
    const { provider: from = provider.name, attempt = job.attempt } = callback;
    if (from !== provider.name || attempt !== job.attempt) continue;
    const { headers = {}, receivedAt } = callback;
    const bytes = callbackBytes(callback);
    const hint = await provider.readCallback?.({
      bytes,
      body: parseLeniently(bytes),
      headers,
      jobId: job.id,
      receivedAt,
    });
    if (hint?.job === undefined || providerJob !== undefined) continue;
    if (await deps.records.bindProviderJob(provider.name, hint.job.id, job.id)) providerJob = hint.job;
    else deps.log.warn("a callback names another job's id", { job: job.id, provider: provider.name });
  }
  return deps.records.updateJob(
    job.id,
    { execution, attempt: job.attempt },
    {
      callbacksSeen: callbacks.length,
      ...(providerJob === undefined ? {} : { providerJob, acceptance: "accepted" as const }),
    },
  );
}

function parseLeniently(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

/** Asks how the work stands. `undefined` while there is nothing new; `unanswered` when the question failed. */
async function ask(
  deps: WorkflowDeps,
  job: Job,
  execution: string,
  provider: Provider,
  providerJob: ProviderJob,
): Promise<Verb | "unanswered" | undefined> {
  let outcome: PollOutcome | undefined;
  try {
    // also when the deadline is past: whoever comes late – a laptop that slept – still asks once
    const hide = [job.request.prompt ?? "", job.request.negativePrompt ?? ""];
    const question = async (signal: AbortSignal) => provider.poll?.(providerJob, { signal, hide });
    outcome = await watched(deps, job, [job.progress, 0.85], question, { untilDeadline: false });
    if (outcome?.state === "succeeded") {
      return (await collect(deps, job, execution, outcome)) ? { do: "finish" } : interrupted(deps, job.id);
    }
  } catch (error) {
    if (error instanceof Canceled) return canceled(deps, job);
    if ((await deps.records.getJob(job.id))?.cancelRequestedAt !== undefined) return canceled(deps, job);
    // a question that failed is asked again; an answer whose pictures are gone is not
    if (outcome?.state === "succeeded" && error instanceof InfillError && !error.retryable)
      return failed(deps, job, error);
    deps.log.warn("asking the provider failed", { job: job.id, provider: provider.name, error: wordFor(error) });
    return "unanswered";
  }
  if (outcome?.state === "failed")
    return (await elsewhere(deps, job, execution, outcome.failure)) ?? failed(deps, job, outcome.failure);
  if (outcome?.progress !== undefined) {
    const progress = 0.2 + 0.65 * Math.min(1, outcome.progress);
    await deps.records.updateJob(job.id, { execution, attempt: job.attempt }, { progress });
  }
  return undefined;
}
