import { restsUntil } from "../breaker.ts";
import { ProviderFailure, wordFor } from "../errors.ts";
import { type ImageSource, isTerminal, type Job } from "../job.ts";
import type { ProviderHealth } from "../ports.ts";
import type { Provider, ProviderJob, ProviderRequest, SubmitOutcome } from "../provider.ts";
import { collect } from "./collect.ts";
import { isUnmoderated, notConfigured, providerOf, type WorkflowDeps, workKeys } from "./deps.ts";
import { aside, elsewhere } from "./elsewhere.ts";
import { canceled, failed, late, unknown } from "./end.ts";
import { seat } from "./slot.ts";
import { ended, lookAfter, type Verb } from "./verb.ts";
import { Canceled, watched } from "./watch.ts";

/** The first look at accepted work whose provider says nothing about when; seconds. */
const FIRST_LOOK_SECONDS = 5;
/** How long to wait for a callback when the submit's answer was lost; looked at again until the deadline. */
const LOST_ANSWER_SECONDS = 60;

/** Seconds the work may live in storage beyond the deadline, so that no provider meets a dead link. */
const LINK_SLACK_SECONDS = 600;

/**
 * Sends the work once. The row is marked before the request leaves – from then on acceptance is
 * possible – and everything the provider says is on the row before this returns.
 */
export async function submit(deps: WorkflowDeps, jobId: string, execution: string): Promise<Verb> {
  const before = await deps.records.getJob(jobId);
  if (before === undefined || isTerminal(before.status)) return ended;
  if (before.cancelRequestedAt !== undefined) return canceled(deps, before);
  // the run that made this model the job's died before it said so
  if (before.plan === undefined) return { do: "prepare" };
  // whoever has waited since before there was moderation, too
  if (isUnmoderated(deps, before) && before.acceptance === "none") return { do: "moderate", afterSeconds: 0 };
  if (deps.clock.now() >= before.deadlineAt) return late(deps, before, "The provider took no work before the deadline");

  const provider = providerOf(deps, before);
  if (provider === undefined) {
    const error = notConfigured(before);
    return (await elsewhere(deps, before, execution, error)) ?? failed(deps, before, error);
  }
  const repeatable = deps.catalogue.model(before.request.model)?.repeatable;
  const health = await deps.records.getProviderHealth(provider.name);
  const until = restsUntil(health);
  if (until !== undefined && until > deps.clock.now()) {
    const other = await aside(deps, before, execution, until);
    if (other !== undefined) return other;
  }
  const seated = await seat(deps, before, execution, provider);
  if (seated === undefined) return interrupted(deps, jobId);
  if ("do" in seated) return seated;
  const attempt = before.attempt + 1;
  // From this write on the request may leave. It holds only while nobody canceled and nothing was sent.
  const marked = await deps.records.updateJob(
    jobId,
    {
      execution,
      notCanceled: true,
      attempt: before.attempt,
      ...(repeatable ? {} : { acceptance: "none" as const }),
    },
    {
      phase: "submitted",
      attempt,
      acceptance: "possible",
      submittedAt: deps.clock.now(),
      progress: 0.2,
      waiting: undefined,
      ...(provider.simulated ? { simulated: true } : {}),
    },
  );
  if (marked === undefined) return interrupted(deps, jobId);

  let outcome: SubmitOutcome;
  let stopped = false;
  try {
    outcome = await watched(deps, marked, [0.2, 0.85], (signal, onProgress) => {
      signal.addEventListener("abort", () => (stopped = true));
      return provider.submit(requestFor(deps, marked, provider, attempt), { signal, onProgress });
    });
  } catch (error) {
    const verb = await refusedOrLost(deps, marked, execution, error);
    // an answer that we did not wait for says nothing of who would have given it
    if (!stopped) await note(deps, provider, health, isOutage(error) ? "failed" : "answered");
    return verb;
  }
  const verb = await taken(deps, marked, execution, provider, outcome);
  await note(deps, provider, health, "answered");
  return verb;
}

/** Keeps what the provider said of work that it took, before anything else can go wrong. */
async function taken(
  deps: WorkflowDeps,
  marked: Job,
  execution: string,
  provider: Provider,
  outcome: SubmitOutcome,
): Promise<Verb> {
  if (outcome.state === "accepted") {
    if (!(await accepted(deps, marked, execution, provider, outcome.job))) return notOurs(deps, marked, provider);
    return lookAfter(deps, marked, outcome.etaSeconds ?? FIRST_LOOK_SECONDS);
  }
  const providerJob = outcome.job;
  const ours = providerJob !== undefined && (await accepted(deps, marked, execution, provider, providerJob));
  const { attempt } = marked;
  if (!ours) await deps.records.updateJob(marked.id, { execution, attempt }, { acceptance: "accepted" });
  try {
    return (await collect(deps, marked, execution, outcome)) ? { do: "finish" } : interrupted(deps, marked.id);
  } catch (error) {
    // the pictures are paid for: where the provider can be asked again, ask again
    if (ours && provider.poll !== undefined) return lookAfter(deps, marked, 2);
    return failed(deps, { ...marked, acceptance: "accepted" }, asFailure(error));
  }
}

/** Remembers how a provider is, for those who have others to ask: nothing that a job's end may hang on. */
async function note(
  deps: WorkflowDeps,
  { name }: Provider,
  health: ProviderHealth | undefined,
  outcome: "answered" | "failed",
): Promise<void> {
  if (outcome === "answered" && health === undefined) return;
  try {
    await deps.records.noteProvider(name, outcome, deps.clock.now());
  } catch (error) {
    deps.log.warn("how a provider is could not be noted", { provider: name, error: wordFor(error) });
  }
}

/** Notes that the provider took the work. @returns false when the id it gave belongs to another job */
async function accepted(
  deps: WorkflowDeps,
  job: Job,
  execution: string,
  provider: Provider,
  providerJob: ProviderJob,
): Promise<boolean> {
  const ours = await deps.records.bindProviderJob(provider.name, providerJob.id, job.id);
  const { attempt } = job;
  const patch = { acceptance: "accepted" as const, ...(ours ? { providerJob } : {}) };
  await deps.records.updateJob(job.id, { execution, attempt }, patch);
  return ours;
}

/** Nobody can be asked about work whose id is another job's: its answer would be another job's picture. */
function notOurs(deps: WorkflowDeps, job: Job, provider: Provider): Promise<Verb> {
  deps.log.error("a provider's id is bound to another job", { job: job.id, provider: provider.name });
  return unknown(
    deps,
    { ...job, acceptance: "accepted" },
    "The provider took the edit under an id that belongs to another job",
  );
}

/** Whether it says something of the provider rather than of the request. */
const isOutage = (error: unknown): boolean =>
  error instanceof ProviderFailure && (error.code === "provider_unavailable" || error.code === "outcome_unknown");

/** What a submit that threw means: try again, give up, or wait for word. */
async function refusedOrLost(deps: WorkflowDeps, job: Job, execution: string, thrown: unknown): Promise<Verb> {
  const failure = asFailure(thrown);
  deps.log.warn("submit did not succeed", {
    job: job.id,
    code: failure.code,
    accepted: failure.accepted,
  });
  const now = await deps.records.getJob(job.id);
  if (now === undefined || isTerminal(now.status)) return ended;

  if (failure.accepted === "no") {
    const open = await deps.records.updateJob(job.id, { execution, attempt: job.attempt }, { acceptance: "none" });
    if (open === undefined) return interrupted(deps, job.id);
    if (open.cancelRequestedAt !== undefined) return canceled(deps, open);
    if (deps.clock.now() >= open.deadlineAt) return late(deps, open, "The deadline passed before the work was done");
    // what may be better in a while is waited for – unless somebody else can be asked now
    const other = failure.code === "rate_limited" ? undefined : await elsewhere(deps, open, execution, failure);
    if (other !== undefined) return other;
    if (!failure.retryable) return failed(deps, open, failure);
    const afterSeconds = Math.max(failure.options.retryAfterSeconds ?? 0, Math.min(120, 2 * 1.5 ** job.attempt));
    const until = deps.clock.now() + afterSeconds * 1000;
    if (until >= job.deadlineAt)
      return (await elsewhere(deps, open, execution, failure)) ?? failed(deps, open, failure);
    const waiting = { reason: failure.message, until };
    await deps.records.updateJob(job.id, { execution, attempt: job.attempt }, { waiting });
    return { do: "submit", afterSeconds };
  }
  if (now.cancelRequestedAt !== undefined || thrown instanceof Canceled) return canceled(deps, now);
  if (failure.accepted === "yes") {
    const other = await elsewhere(deps, now, execution, failure);
    return other ?? failed(deps, { ...now, acceptance: "accepted" }, failure, { acceptance: "accepted" });
  }
  return waitForWord(deps, now);
}

/**
 * A submit whose process died. If the row was never marked, nothing left and it is sent again, after so many
 * seconds; else only the provider can say what became of it.
 */
export async function interrupted(deps: WorkflowDeps, jobId: string, afterSeconds = 0): Promise<Verb> {
  const job = await deps.records.getJob(jobId);
  const verb = job === undefined ? ended : await goOn(deps, job);
  return verb.do === "submit" ? { ...verb, afterSeconds } : verb;
}

/** What to do with a prepared job, by its row alone. */
export async function goOn(deps: WorkflowDeps, job: Job): Promise<Verb> {
  if (isTerminal(job.status)) return ended;
  if (job.cancelRequestedAt !== undefined) return canceled(deps, job);
  if (job.plan === undefined) return { do: "prepare" };
  if (job.outputs !== undefined) return { do: "finish" };
  const free = deps.catalogue.model(job.request.model)?.repeatable === true;
  if (job.acceptance === "none" || free) return { do: "submit", afterSeconds: 0 };
  return waitForWord(deps, job);
}

/** Waits for a callback, or polls if an id is known; ends the job when neither can ever come. */
async function waitForWord(deps: WorkflowDeps, job: Job): Promise<Verb> {
  const provider = providerOf(deps, job);
  // its key may be back before the deadline
  if (provider === undefined) return lookAfter(deps, job, LOST_ANSWER_SECONDS);
  const known = job.providerJob !== undefined && provider.poll !== undefined;
  if (known) return lookAfter(deps, job, 1);
  const mayCall =
    provider.readCallback !== undefined &&
    deps.callbackUrl(provider.name, job.id, job.attempt, job.deadlineAt) !== undefined;
  if (mayCall) return lookAfter(deps, job, LOST_ANSWER_SECONDS);
  return unknown(deps, job, "The edit was sent and its answer was lost");
}

/** Anything an adapter throws that is not its own word is a lost answer: the safe reading. */
function asFailure(error: unknown): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  return new ProviderFailure("outcome_unknown", "The provider's answer was lost; it may have charged for it", {
    accepted: "unknown",
    cause: error,
  });
}

function requestFor(deps: WorkflowDeps, job: Job, provider: Provider, attempt: number): ProviderRequest {
  const { request, plan } = job;
  if (plan === undefined) throw new Error("submit before prepare");
  const keys = workKeys(job.id);
  const expiresInSeconds = Math.ceil((job.deadlineAt - deps.clock.now()) / 1000) + LINK_SLACK_SECONDS;
  const picture = (key: string) => ({
    url: () => deps.objects.signDownload({ key, expiresInSeconds, contentType: "image/png" }),
    bytes: () => deps.objects.read(key),
  });
  const uploaded = ({ key, etag, contentType }: ImageSource) => ({
    contentType,
    url: () => deps.objects.signDownload({ key, expiresInSeconds, contentType }),
    bytes: () => deps.objects.read(key, etag),
  });
  const references = Object.entries(job.references ?? {})
    .filter(([option]) => option in request.providerOptions)
    .map(([option, sources]) => [option, sources.map(uploaded)] as const);
  const callbackUrl = deps.callbackUrl(provider.name, job.id, attempt, job.deadlineAt);
  const {
    operation,
    model,
    prompt,
    negativePrompt,
    n,
    seed,
    strength,
    guidanceScale,
    steps,
    quality,
    providerOptions,
  } = request;
  return {
    jobId: job.id,
    attempt,
    operation,
    model,
    n,
    providerOptions,
    size: plan.work,
    image: picture(keys.image),
    mask: picture(keys.mask),
    ...(references.length === 0 ? {} : { references: Object.fromEntries(references) }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(negativePrompt === undefined ? {} : { negativePrompt }),
    ...(seed === undefined ? {} : { seed }),
    ...(strength === undefined ? {} : { strength }),
    ...(guidanceScale === undefined ? {} : { guidanceScale }),
    ...(steps === undefined ? {} : { steps }),
    ...(quality === undefined ? {} : { quality }),
    ...(job.user === undefined ? {} : { endUser: deps.endUser(job.tenant, job.user) }),
    ...(callbackUrl === undefined ? {} : { callbackUrl }),
  };
}
