import { restsUntil } from "../breaker.ts";
import { InfillError, ProviderFailure } from "../errors.ts";
import type { Job, JobPatch, RouteStep } from "../job.ts";
import type { ModelRecord } from "../model.ts";
import { resolveRequest } from "../options.ts";
import { fitTo, usableModel } from "../routing.ts";
import { priceNow, type WorkflowDeps } from "./deps.ts";
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
 * are converted anew. Every model that was left, or passed over, is on the job with its reason.
 * @returns what to do next, or `undefined` when there is nowhere to go
 */
export async function elsewhere(
  deps: WorkflowDeps,
  job: Job,
  execution: string,
  failure: InfillError,
): Promise<Verb | undefined> {
  const { route } = job;
  if (route === undefined || route.left.length === 0 || !isItsOwn(failure)) return undefined;
  const now = deps.clock.now();
  const amount = failure instanceof ProviderFailure && failure.charged !== "no" ? priceNow(deps, job) : 0;
  const outcome = failure instanceof ProviderFailure && failure.accepted === "yes" ? "failed" : "refused";
  const past: RouteStep[] = [
    ...route.past,
    { model: job.request.model, at: now, outcome, code: failure.code, reason: failure.message, amount },
  ];

  for (const [i, name] of route.left.entries()) {
    const left = route.left.slice(i + 1);
    try {
      const model = usableModel(deps.catalogue, name, now);
      const patch = await become(deps, job, model);
      await refuseResting(deps, model, left.length > 0);
      const spent = (job.spent ?? 0) + amount;
      const moved = await deps.records.updateJob(
        job.id,
        { execution, notCanceled: true },
        { ...patch, route: { ...route, left, past }, ...(spent === 0 ? {} : { spent }) },
      );
      if (moved !== undefined) {
        deps.log.info("going on with another model", { job: job.id, from: job.request.model, to: model.id });
        return { do: "prepare" };
      }
      const row = await deps.records.getJob(job.id);
      return row?.cancelRequestedAt === undefined ? ended : canceled(deps, row);
    } catch (error) {
      if (!(error instanceof InfillError)) throw error;
      past.push({ model: name, at: now, outcome: "skipped", code: error.code, reason: error.message, amount: 0 });
    }
  }
  await deps.records.updateJob(job.id, { execution }, { route: { ...route, left: [], past } });
  return undefined;
}

/** The job as another model's, nothing sent yet. @throws InfillError where that model cannot take it */
async function become(deps: WorkflowDeps, job: Job, model: ModelRecord): Promise<JobPatch> {
  const { asked } = job.route ?? {};
  const { webhookFormat } = job.request;
  if (asked === undefined) throw new Error("a route without its request");
  if (!deps.providers.has(model.provider))
    throw new InfillError("provider_unavailable", `${model.id} is not configured any more`);
  const { request, dropped } = fitTo(model, asked);
  const references = Object.entries(job.references ?? {}).filter(([option]) => option in request.providerOptions);
  const warnings = dropped.map((pointer) => `${model.id} was asked without ${pointer}: it does not take it`);
  return {
    request: {
      ...resolveRequest(model, request, job.image),
      ...(webhookFormat === undefined ? {} : { webhookFormat }),
    },
    references: references.length === 0 ? undefined : Object.fromEntries(references),
    warnings: [...job.warnings, ...warnings],
    acceptance: "none",
    plan: undefined,
    providerJob: undefined,
    outputs: undefined,
    waiting: undefined,
    preview: undefined,
    previews: undefined,
  };
}

/** @throws InfillError for a provider that is left alone for now, where somebody else may be asked */
async function refuseResting(deps: WorkflowDeps, { id, provider }: ModelRecord, others: boolean): Promise<void> {
  const until = others ? restsUntil(await deps.records.getProviderHealth(provider)) : undefined;
  if (until !== undefined && until > deps.clock.now()) throw resting(id, until);
}

export const resting = (model: string, until: number): ProviderFailure =>
  new ProviderFailure(
    "provider_unavailable",
    `${model} failed several times in a row and is left alone until ${new Date(until).toISOString()}`,
    { accepted: "no" },
  );
