import { restsUntil } from "../breaker.ts";
import { InfillError, ProviderFailure } from "../errors.ts";
import { isTerminal, type Job, type JobPatch, type RouteStep } from "../job.ts";
import { dollars } from "../limits.ts";
import type { ModelRecord } from "../model.ts";
import { resolveRequest } from "../options.ts";
import { priceOf } from "../price.ts";
import { weighReferences } from "../references.ts";
import { fitTo, usableModel } from "../routing.ts";
import { priceOfJob } from "../settle.ts";
import { warningsFor } from "../warnings.ts";
import type { WorkflowDeps } from "./deps.ts";
import { canceled } from "./end.ts";
import { ended, type Verb } from "./verb.ts";

/**
 * Whether a failure is one that another provider need not share: this one took nothing because it could
 * not, or took the work and could not do it. Never what moderation or bad input caused, and never an unknown
 * outcome: it may yet be delivered, and billed.
 */
function isItsOwn(failure: InfillError): boolean {
  const { accepted } = failure instanceof ProviderFailure ? failure : { accepted: "no" };
  if (accepted === "no") return failure.code === "provider_unavailable" || failure.code === "rate_limited";
  return accepted === "yes" && failure.retryable && failure.code !== "content_rejected";
}

/**
 * Goes on with the next model of the job's route that can take it, after one has failed: mask and options
 * are converted anew. Every model that was left, or passed over, is on the job with its reason. One whose
 * provider is left alone for now is asked when no other is there.
 * @returns what to do next, or `undefined` when there is nowhere to go
 */
export async function elsewhere(
  deps: WorkflowDeps,
  job: Job,
  execution: string,
  failure: InfillError,
): Promise<Verb | undefined> {
  if (!isItsOwn(failure)) return undefined;
  const { accepted, charged } = failure instanceof ProviderFailure ? failure : { accepted: "no", charged: "no" };
  return goOnWith(deps, job, execution, {
    model: job.request.model,
    at: deps.clock.now(),
    outcome: accepted === "yes" ? "failed" : "refused",
    code: failure.code,
    reason: failure.message,
    amount: charged === "no" ? 0 : priceOfJob(job),
  });
}

/**
 * Goes on with another model while the provider of this one is left alone. Nothing was asked of it, so it may
 * yet be, when the others have failed.
 * @returns what to do next, or `undefined` when nobody else can take the job now
 */
export function aside(deps: WorkflowDeps, job: Job, execution: string, until: number): Promise<Verb | undefined> {
  const { model } = job.request;
  return goOnWith(deps, job, execution, {
    model,
    at: deps.clock.now(),
    outcome: "skipped",
    code: "provider_unavailable",
    reason: `${model} failed several times in a row and is left alone until ${new Date(until).toISOString()}`,
    amount: 0,
  });
}

async function goOnWith(
  deps: WorkflowDeps,
  job: Job,
  execution: string,
  leaving: RouteStep,
): Promise<Verb | undefined> {
  const { route } = job;
  if (route === undefined || route.left.length === 0) return undefined;
  const unasked = leaving.outcome === "skipped";
  const asked = new Set(
    [...route.past, leaving].filter(({ outcome }) => outcome !== "skipped").map((step) => step.model),
  );
  const spent = (job.spent ?? 0) + leaving.amount;
  const passed: RouteStep[] = [];
  const resting: { name: string; patch: JobPatch }[] = [];

  const move = async (patch: JobPatch, left: string[]): Promise<Verb> => {
    const moved = await deps.records.updateJob(
      job.id,
      // a run that died may have asked for this, too: late, it must not undo what was sent since
      { execution, notCanceled: true, attempt: job.attempt },
      {
        ...patch,
        route: { ...route, left: unasked ? [...left, leaving.model] : left, past: [...route.past, leaving, ...passed] },
        ...(spent === 0 ? {} : { spent }),
      },
    );
    if (moved !== undefined) {
      deps.log.info("going on with another model", { job: job.id, from: leaving.model, to: moved.request.model });
      return { do: "prepare" };
    }
    const row = await deps.records.getJob(job.id);
    if (row === undefined || isTerminal(row.status)) return ended;
    return row.cancelRequestedAt === undefined ? { do: "prepare" } : canceled(deps, row);
  };

  for (const [i, name] of route.left.entries()) {
    try {
      const model = usableModel(deps.catalogue, name, leaving.at, asked);
      const patch = become(deps, job, model, spent);
      if (await rests(deps, model)) resting.push({ name, patch });
      else return move(patch, [...resting.map((other) => other.name), ...route.left.slice(i + 1)]);
    } catch (error) {
      if (!(error instanceof InfillError)) throw error;
      passed.push({
        model: name,
        at: leaving.at,
        outcome: "skipped",
        code: error.code,
        reason: error.message,
        amount: 0,
      });
    }
  }
  const [first, ...others] = resting;
  if (first !== undefined && !unasked) {
    return move(
      first.patch,
      others.map((other) => other.name),
    );
  }
  if (passed.length > 0) {
    const left = resting.map((other) => other.name);
    await deps.records.updateJob(
      job.id,
      { execution, attempt: job.attempt },
      { route: { ...route, left, past: [...route.past, ...passed] } },
    );
  }
  return undefined;
}

/**
 * The job as another model's, nothing sent yet. It is another attempt: what the run before wrote of the model
 * that it leaves, and its callbacks, come too late.
 * @param spent micro-USD that the models before it may have charged
 * @throws InfillError where that model cannot take it
 */
function become(deps: WorkflowDeps, job: Job, model: ModelRecord, spent: number): JobPatch {
  const { asked } = job.route ?? {};
  const { webhookFormat } = job.request;
  if (asked === undefined) throw new Error("a route without its request");
  if (!deps.providers.has(model.provider))
    throw new InfillError("provider_unavailable", `${model.id} is not configured any more`);
  const { request, dropped } = fitTo(model, asked);
  weighReferences(model, request.providerOptions, job.references ?? {});
  const resolved = resolveRequest(model, request, job.image);
  const price = priceOf(model, resolved);
  if (spent + price > job.estimate)
    throw new InfillError(
      "budget_exceeded",
      `${model.id} may cost ${dollars(price)}; of ${dollars(job.estimate)} reserved for this job, ${dollars(spent)} may be spent`,
    );
  return {
    request: { ...resolved, ...(webhookFormat === undefined ? {} : { webhookFormat }) },
    price,
    warnings: warningsFor(model, asked, deps.clock.now(), dropped),
    attempt: job.attempt + 1,
    moves: (job.moves ?? 0) + 1,
    acceptance: "none",
    plan: undefined,
    providerJob: undefined,
    outputs: undefined,
    waiting: undefined,
    preview: undefined,
    previews: undefined,
  };
}

/** Whether a model's provider is left alone for now. */
async function rests(deps: WorkflowDeps, { provider }: ModelRecord): Promise<boolean> {
  const until = restsUntil(await deps.records.getProviderHealth(provider));
  return until !== undefined && until > deps.clock.now();
}
