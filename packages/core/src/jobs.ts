import { refuseBlocked } from "./blocks.ts";
import { eraseJob, isForgotten, isGone, type Removal, shownResult } from "./erase.ts";
import { InfillError, wordFor } from "./errors.ts";
import { startExecution } from "./execution-name.ts";
import { canonicalJson, jobIdFor, sha256Hex } from "./ids.ts";
import type { ImageHeader } from "./image-header.ts";
import { parseInput, schemas } from "./input.ts";
import { type ImageSource, isTerminal, type Job, type StoredResult, type WebhookFormat } from "./job.ts";
import { type Caller, isOwn, userFor } from "./keys.ts";
import { reservationOf, spendingQuotas } from "./limits.ts";
import { fitMask } from "./mask-fit.ts";
import { refuseUnsafe, resolveRequest, withDefaults } from "./options.ts";
import type { Catalogue, Clock, Engine, Ids, Log, Objects, Records } from "./ports.ts";
import { perResult, priceOf } from "./price.ts";
import { quote } from "./quote.ts";
import { referencedSources, weighReferences } from "./references.ts";
import { modelsAsked } from "./routing.ts";
import type { InpaintInput, InpaintRequest } from "./schemas.ts";
import { chargedBefore, endJob, settlementOf } from "./settle.ts";
import { readHeader, toSource, uploadedSource } from "./uploads.ts";
import { warningsFor } from "./warnings.ts";

export interface JobDeps {
  records: Records;
  objects: Objects;
  engine: Engine;
  catalogue: Catalogue;
  clock: Clock;
  ids: Ids;
  log: Log;
  /** App and stage: job ids of one deployment mean nothing in another. */
  namespace: string;
  /** Why a webhook's URL would never be delivered to, or `undefined` when it may be. */
  refuseWebhook: (url: string) => string | undefined;
}

/** A read past the deadline by this much ends a job that its workflow did not; ms. */
export const EXPIRY_GRACE_MS = 60_000;

/**
 * Makes a job, or finds the one this idempotency key made. Everything that can be known to be wrong
 * from the request and the pictures' headers is refused first: no row, no reservation, no spent key.
 *
 * The row is the promise: once it is written, a lost start is made up for by whoever finds it.
 *
 * @param other `fingerprint`: of what was asked for, where that is more than the body – a format that brings
 *   its pictures along uploads them anew each time; `webhookFormat`: in whose words the webhook is told;
 *   `words`: what that format's answers repeat of the request
 * @throws InfillError naming what is wrong
 */
export async function createInpaint(
  deps: JobDeps,
  caller: Caller,
  body: unknown,
  idempotencyKey: string | undefined,
  {
    fingerprint,
    webhookFormat,
    words,
  }: { fingerprint?: string; webhookFormat?: WebhookFormat | undefined; words?: string | undefined } = {},
): Promise<{ job: Job; created: boolean }> {
  const { inpaintRequest } = await schemas();
  const request = parseInput(inpaintRequest, body);
  const asked = fingerprint ?? sha256Hex(canonicalJson(request));
  const id = idempotencyKey === undefined ? deps.ids.make("job") : jobIdOf(deps, caller, idempotencyKey);

  const earlier = idempotencyKey === undefined ? undefined : await joinInpaint(deps, caller, idempotencyKey, asked);
  if (earlier !== undefined) return { job: earlier, created: false };

  const user = await refuseForbidden(deps, caller, request);
  const { image, mask: maskId, ...wanted } = request;
  const route = quote(deps.catalogue, wanted, deps.clock.now());
  const { model } = route;
  checkWebhook(request.webhook, deps.refuseWebhook);
  const [photo, mask, references, tenantLimits] = await Promise.all([
    photoSource(deps, caller, image),
    uploadedSource(deps, caller, maskId, "/mask"),
    referencedSources(deps, caller, route.models, wanted.providerOptions),
    deps.records.getLimits(caller.tenant),
  ]);
  weighReferences(model, route.request.providerOptions, references);
  const resolved = resolveRequest(model, route.request, photo.source);
  checkMask(photo.header, mask.header);

  const now = deps.clock.now();
  const { amount: estimate } = route;
  const reservations = spendingQuotas(caller, user, tenantLimits, now).map((quota) => reservationOf(quota, estimate));
  const reservedIn = reservations.flatMap(({ counter, returns }) => (returns ? [counter] : []));
  const row: Job = {
    v: 1,
    id,
    tenant: caller.tenant,
    keyId: caller.keyId,
    ...(user === undefined ? {} : { user }),
    ...(reservedIn.length === 0 ? {} : { reservedIn }),
    ...(words === undefined ? {} : { words }),
    fingerprint: asked,
    rev: 0,
    status: "queued",
    progress: 0,
    request: { ...resolved, ...(webhookFormat === undefined ? {} : { webhookFormat }) },
    image: photo.source,
    mask: mask.source,
    ...(Object.keys(references).length === 0 ? {} : { references }),
    createdAt: now,
    deadlineAt: now + request.deadlineSeconds * 1000,
    ...(route.left.length + route.past.length === 0
      ? {}
      : { route: { asked: wanted, left: route.left, past: route.past } }),
    callbacksSeen: 0,
    attempt: 0,
    acceptance: "none",
    results: [],
    warnings: warningsFor(model, wanted, now, route.dropped),
    estimate,
    price: priceOf(model, resolved),
    settlement: { state: "reserved", amount: estimate },
  };
  const { created, job } = await deps.records.createJob(row, reservations);
  if (!created) return { job: await rejoin(deps, job, asked), created };
  await startJob(deps, job);
  return { job, created };
}

/**
 * What an edit would be reserved at, without making it: the same request, whose pictures need not be there
 * yet. Everything that is wrong with it for this model is refused, as it would be.
 * @throws InfillError naming what is wrong
 */
export async function estimateInpaint(deps: Pick<JobDeps, "catalogue" | "clock">, body: unknown): Promise<Estimate> {
  const { estimateRequest } = await schemas();
  const request = parseInput(estimateRequest, body);
  const { model, request: fitted, dropped, parts, amount } = quote(deps.catalogue, request, deps.clock.now());
  const { source, asOf } = model.price;
  return {
    object: "estimate",
    model: model.id,
    n: request.n,
    currency: "USD",
    amountMicroUsd: amount,
    perResultMicroUsd: perResult(model, withDefaults(model, fitted)),
    ...(parts.length === 1
      ? {}
      : { parts: parts.map(({ name, amount: most }) => ({ model: name, amountMicroUsd: most })) }),
    source,
    asOf,
    warnings: warningsFor(model, request, deps.clock.now(), dropped),
  };
}

/** What an edit would cost, micro-USD. */
export interface Estimate {
  object: "estimate";
  model: string;
  n: number;
  currency: "USD";
  /** The most that it may cost, which is what is reserved. */
  amountMicroUsd: number;
  /** Of the first model. */
  perResultMicroUsd: number;
  /** Of several models, the most that each may charge: one that took the work and failed may charge for it, too. */
  parts?: { model: string; amountMicroUsd: number }[];
  /** Where the price is from. */
  source: string;
  /** ISO date. */
  asOf: string;
  warnings: string[];
}

/** The id of the job that this key makes, or has made. */
export const jobIdOf = (deps: Pick<JobDeps, "namespace">, caller: Caller, idempotencyKey: string): string =>
  jobIdFor({ ...caller, namespace: deps.namespace, idempotencyKey: checkIdempotencyKey(idempotencyKey) });

/**
 * The job that this key has made, or `undefined` when it has made none.
 * @throws InfillError `idempotency_mismatch` when something else was asked for under it
 */
export async function joinInpaint(
  deps: Pick<JobDeps, "records" | "engine" | "clock" | "log" | "namespace">,
  caller: Caller,
  idempotencyKey: string,
  fingerprint: string,
): Promise<Job | undefined> {
  const job = await deps.records.getJob(jobIdOf(deps, caller, idempotencyKey));
  if (job === undefined || isForgotten(job, deps.clock.now())) return undefined;
  return rejoin(deps, job, fingerprint);
}

/** The same key again: the same job, or a refusal when something else was asked for. */
async function rejoin(deps: Pick<JobDeps, "engine" | "log">, job: Job, fingerprint: string): Promise<Job> {
  if (isGone(job))
    throw new InfillError(
      "not_found",
      "The job of this request was deleted, and nothing was made anew; use a new Idempotency-Key for a new edit",
      { status: 410, details: { job: job.id } },
    );
  if (job.fingerprint !== fingerprint)
    throw new InfillError(
      "idempotency_mismatch",
      "This Idempotency-Key was used for another request; use a new key for a new edit",
      {
        details: { job: job.id },
      },
    );
  if (job.status === "queued") await startJob(deps, job);
  return job;
}

/** Starts a job's workflow, by name: any number of times is once. A failure is not the caller's: the relay starts it. */
export async function startJob(deps: Pick<JobDeps, "engine" | "log">, job: Job): Promise<void> {
  try {
    await startExecution(deps.engine, job);
  } catch (error) {
    deps.log.error("starting a job failed; it will be started from its row", { job: job.id, error: wordFor(error) });
  }
}

/** What an `Idempotency-Key` may be: visible ASCII. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

function checkIdempotencyKey(key: string): string {
  if (IDEMPOTENCY_KEY.test(key)) return key;
  throw new InfillError("invalid_request", "Idempotency-Key must be 1 to 255 visible ASCII characters without spaces", {
    pointer: "Idempotency-Key",
  });
}

function checkWebhook(url: string | undefined, refuse: JobDeps["refuseWebhook"]): void {
  const reason = url === undefined ? undefined : refuse(url);
  if (reason === undefined) return;
  throw new InfillError("invalid_request", `/webhook: ${reason}`, { pointer: "/webhook", status: 422 });
}

/** Of an edit, what its caller's rights are held against. */
type Wish = Pick<InpaintInput, "model"> & Partial<Pick<InpaintInput, "webhook" | "user" | "providerOptions">>;

/**
 * Refuses what a caller may not ask for, before anything is fetched, stored or made for it.
 * @returns the end user whom it is for
 * @throws InfillError `forbidden`; `unsupported_option` for a model that there is not
 */
export async function refuseForbidden(
  deps: Pick<JobDeps, "records" | "catalogue">,
  caller: Caller,
  wish: Wish,
): Promise<string | undefined> {
  const user = userFor(caller, wish.user);
  checkGrant(deps.catalogue, caller, wish);
  await refuseBlocked(deps, caller, user);
  return user;
}

/** @throws InfillError `forbidden` when a token's edit asks for more than its app's backend granted */
function checkGrant(catalogue: Catalogue, { token }: Caller, request: Wish): void {
  if (token === undefined) return;
  if (request.webhook !== undefined)
    throw new InfillError("forbidden", "A client token cannot set a webhook", { pointer: "/webhook" });
  const { models } = token;
  const refused = models && [request.model].flat().find((name) => !models.includes(name));
  if (refused !== undefined)
    throw new InfillError("forbidden", `This token does not allow the model ${refused}`, {
      pointer: "/model",
      details: { allowed: models },
    });
  for (const model of modelsAsked(catalogue, request)) refuseUnsafe(model, request.providerOptions ?? {});
}

/** As far as headers tell: a picture whose orientation stands at its end is judged when it is decoded. */
function checkMask(photo: ImageHeader, mask: ImageHeader): void {
  if (photo.orientation !== undefined && mask.orientation !== undefined) fitMask(photo.upright, mask.upright);
}

async function photoSource(
  deps: JobDeps,
  caller: Caller,
  reference: InpaintRequest["image"],
): Promise<{ source: ImageSource; header: ImageHeader }> {
  if (typeof reference === "string") return uploadedSource(deps, caller, reference, "/image");
  const job = await deps.records.getJob(reference.job);
  const result = job && isOwn(caller, job) ? shownResult(job, reference.result) : undefined;
  const read = result && (await readHeader(deps.objects, result.key, "/image"));
  if (read === undefined)
    throw new InfillError("asset_missing", `There is no result ${reference.result} of ${reference.job}`, {
      pointer: "/image",
    });
  return { source: toSource(result?.key ?? "", read.head, read.header), header: read.header };
}

/**
 * A job of the caller's tenant. One that is past its deadline and was left behind is ended first, so
 * that nobody polls a dead job.
 * @throws InfillError `not_found`, also for another tenant's job, and to a token for another user's
 */
export async function getJob(deps: JobDeps, caller: Caller, id: string): Promise<Job> {
  const job = await deps.records.getJob(id);
  if (job === undefined || !isOwn(caller, job) || isGone(job))
    throw new InfillError("not_found", `There is no job ${id}`);
  return isLeftBehind(job, deps.clock.now()) ? ((await expireJob(deps, job)) ?? job) : job;
}

/** With the pictures in hand, its workflow is only pasting them: it ends the job, or breaks and is reported. */
export const isLeftBehind = ({ status, deadlineAt, outputs }: Job, now: number): boolean =>
  !isTerminal(status) && now >= deadlineAt + EXPIRY_GRACE_MS && outputs === undefined;

/**
 * Newest first; a page is short only where nothing follows, whatever of it is being erased.
 * @throws InfillError `invalid_request` for a cursor that is none
 */
export async function listJobs(
  deps: JobDeps,
  caller: Caller,
  query: { limit: number; before?: string; user?: string },
): Promise<{ jobs: Job[]; next?: string }> {
  const user = userFor(caller, query.user, "user");
  const jobs: Job[] = [];
  let next = query.before;
  do {
    const page = await deps.records.listJobs({
      tenant: caller.tenant,
      limit: query.limit - jobs.length,
      ...(user === undefined ? {} : { user }),
      ...(next === undefined ? {} : { before: next }),
    });
    jobs.push(...page.jobs.filter((job) => !isGone(job)));
    next = page.next;
  } while (next !== undefined && jobs.length < query.limit);
  return { jobs, ...(next === undefined ? {} : { next }) };
}

/**
 * Asks for a job to be canceled. Written first, then the pause is completed: the workflow alone
 * settles, wherever it is. A terminal job is answered as it is.
 */
export async function cancelJob(deps: JobDeps, caller: Caller, id: string): Promise<Job> {
  const job = await getJob(deps, caller, id);
  return isTerminal(job.status) ? job : askToCancel(deps, job);
}

/** The same of a job that goes on, whose it is being known. */
export async function askToCancel(deps: JobDeps, job: Job): Promise<Job> {
  const flagged = (await deps.records.requestCancel(job.id, deps.clock.now())) ?? job;
  if (flagged.status === "queued") await startJob(deps, flagged);
  if (flagged.pauseToken !== undefined) await deps.engine.complete(flagged.pauseToken);
  return flagged;
}

/** A finished picture of the caller's. @throws InfillError `not_found` */
export async function getResult(deps: JobDeps, caller: Caller, id: string, index: number): Promise<StoredResult> {
  const { results, status } = await getJob(deps, caller, id);
  const result = results[index];
  if (result !== undefined) return result;
  const why = status === "succeeded" ? `it has ${results.length}` : `the job is ${status}`;
  throw new InfillError("not_found", `There is no result ${index} of ${id}: ${why}`);
}

/**
 * Ends a job whose workflow cannot: its execution failed or was stopped, or the deadline is long
 * past. Idempotent. What may have been charged stays on the books as `unreconciled`.
 * @param deps `objects`: absent where storage cannot be reached; a job that is to be erased then waits for
 *   whoever asks for that again, shown to nobody
 * @param createdAt of the job that is meant, where that is known: one that has its id since is left alone
 */
export async function expireJob(
  deps: Pick<JobDeps, "records" | "engine" | "clock" | "ids" | "log"> & { objects?: Removal },
  { id, createdAt }: { id: string; createdAt?: number },
): Promise<Job | undefined> {
  const job = await deps.records.getJob(id);
  if (createdAt !== undefined && job?.createdAt !== createdAt) return undefined;
  const ended = job === undefined || isTerminal(job.status) ? job : await endExpired(deps, job);
  const { objects } = deps;
  // its workflow may have died between the end and the erasing
  if (ended?.eraseRequestedAt !== undefined && isTerminal(ended.status) && objects !== undefined)
    await eraseJob({ ...deps, objects }, ended);
  return ended;
}

async function endExpired(
  deps: Pick<JobDeps, "records" | "engine" | "clock" | "ids" | "log">,
  job: Job,
): Promise<Job | undefined> {
  const sent = job.acceptance !== "none";
  const error = job.outputs
    ? new InfillError("internal", "The edit was made, and its result could not be stored")
    : sent
      ? new InfillError(
          "outcome_unknown",
          "The edit was sent and its answer never came; the provider may have charged for it",
        )
      : new InfillError("internal", `The edit could not be carried out in time; ${chargedBefore(job)}`);
  return endJob(deps, job, {
    status: "failed",
    error,
    settlement: settlementOf(job),
    // its provider may be at work on it, and nobody knows for how long
    ...(sent && job.outputs === undefined ? { slotUntil: job.deadlineAt } : {}),
  });
}
