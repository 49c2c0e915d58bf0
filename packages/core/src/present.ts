import { type Keyring, openCapability, signCapability } from "./capability.ts";
import { ERRORS, type ErrorRecord, PROBLEM_TYPE_BASE } from "./errors.ts";
import { isTerminal, type Job, type StoredResult } from "./job.ts";
import type { Report } from "./reports.ts";

/** How long a result's capability link works after the job's end, ms: as long as results are kept. */
export const RESULT_LINK_MS = 7 * 24 * 60 * 60 * 1000;

const PURPOSE = "result";

export interface Links {
  keyring: Keyring;
  /** Where callers reach the API, without a trailing slash. */
  publicUrl: string;
}

/** A link to one result that needs no key: for webhooks, browsers and drop-in answers. */
export const resultLink = (links: Links, job: Job, index: number): string =>
  `${links.publicUrl}/r/${signCapability(links.keyring, PURPOSE, [job.id, String(index)], (job.finishedAt ?? job.createdAt) + RESULT_LINK_MS)}`;

/** What a result's link is to. */
export interface LinkedResult {
  jobId: string;
  index: number;
  expiresAt: number;
}

/** Opens a result link's token. `undefined` for whatever is wrong with it. */
export function openResultLink(keyring: Keyring, token: string, now: number): LinkedResult | undefined {
  const opened = openCapability(keyring, PURPOSE, token, now);
  const [jobId, index] = opened?.fields ?? [];
  if (opened === undefined || jobId === undefined || index === undefined) return undefined;
  return { jobId, index: Number(index), expiresAt: opened.expiresAt };
}

/** Far more than clocks differ by, and far less than lies between two jobs of one id, ms. */
const LINK_MARGIN_MS = 3600 * 1000;

/** Whether a link was made for this job, and not for one that had its id before: what was made earlier ends earlier. */
export const isLinkTo = (job: Job, { jobId, expiresAt }: LinkedResult): boolean =>
  job.id === jobId && expiresAt > job.createdAt + RESULT_LINK_MS - LINK_MARGIN_MS;

const iso = (ms: number): string => new Date(ms).toISOString();

const presentError = (error: ErrorRecord) => ({
  type: PROBLEM_TYPE_BASE + error.code,
  title: ERRORS[error.code].title,
  detail: error.message,
  code: error.code,
  retryable: error.retryable,
  ...(error.pointer === undefined ? {} : { pointer: error.pointer }),
  ...error.details,
});

const presentResult = (links: Links, job: Job, result: StoredResult, index: number) => ({
  index,
  url: `${links.publicUrl}/v1/jobs/${job.id}/results/${index}`,
  link: resultLink(links, job, index),
  contentType: result.contentType,
  bytes: result.bytes,
  width: result.width,
  height: result.height,
  fidelity: result.fidelity,
});

export const presentReport = ({ at, ...said }: Report) => ({ ...said, at: iso(at) });

/** How long each phase took, ms; absent while it has not ended. */
function timings(job: Job) {
  const between = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? undefined : to - from;
  return {
    queuedMs: between(job.createdAt, job.claimedAt),
    preparingMs: between(job.claimedAt, job.preparedAt),
    submittedMs: between(job.submittedAt, job.answeredAt),
    storingMs: between(job.answeredAt, job.finishedAt),
    totalMs: between(job.createdAt, job.finishedAt),
  };
}

/**
 * A job as the API shows it. The prompt is not repeated; who needs it sent it.
 * @param reports whether what was said of it is shown: to the tenant's keys, not to its users
 */
export function presentJob(links: Links, job: Job, { reports = false } = {}) {
  return {
    id: job.id,
    object: "job" as const,
    status: job.status,
    ...(job.phase === undefined ? {} : { phase: job.phase }),
    progress: Math.round(job.progress * 1000) / 1000,
    model: job.request.model,
    operation: job.request.operation,
    ...(job.simulated ? { simulated: true } : {}),
    ...(job.user === undefined ? {} : { user: job.user }),
    metadata: job.request.metadata,
    createdAt: iso(job.createdAt),
    deadlineAt: iso(job.deadlineAt),
    ...(job.finishedAt === undefined ? {} : { finishedAt: iso(job.finishedAt) }),
    ...(job.cancelRequestedAt === undefined || isTerminal(job.status) ? {} : { cancelRequested: true }),
    attempts: job.attempt - (job.moves ?? 0),
    ...(job.waiting === undefined || isTerminal(job.status)
      ? {}
      : { waiting: { reason: job.waiting.reason, until: iso(job.waiting.until) } }),
    ...(job.route === undefined || job.route.past.length === 0
      ? {}
      : { tried: job.route.past.map(({ at, amount, ...step }) => ({ ...step, at: iso(at), amountMicroUsd: amount })) }),
    ...(job.providerJob === undefined ? {} : { providerJobId: job.providerJob.id }),
    edit: {
      ...job.request.edit,
      ...(job.plan === undefined ? {} : { sent: job.plan.crop, workedAt: job.plan.work, coverage: job.plan.coverage }),
    },
    ...(job.preview === undefined || isTerminal(job.status)
      ? {}
      : { preview: { url: `${links.publicUrl}/v1/jobs/${job.id}/preview` } }),
    results: job.results.map((result, index) => presentResult(links, job, result, index)),
    warnings: job.warnings,
    timings: timings(job),
    cost: {
      currency: "USD" as const,
      estimateMicroUsd: job.estimate,
      amountMicroUsd: job.settlement.amount,
      state: job.settlement.state,
      ...(job.usage === undefined ? {} : { usage: job.usage }),
    },
    ...(job.error === undefined ? {} : { error: presentError(job.error) }),
    ...(job.report === undefined || !reports ? {} : { report: presentReport(job.report) }),
  };
}

export type JobView = ReturnType<typeof presentJob>;

/** Seconds after which asking again is worthwhile. */
export const pollAfterSeconds = (job: Job, now: number): number =>
  now - job.createdAt < 15_000 ? 1 : now - job.createdAt < 120_000 ? 2 : 5;
