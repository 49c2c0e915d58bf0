import { isGone, isTerminal, type Job, type OutgoingEvent, sha256Hex, TRANSITIONS } from "@infill/core";
import { callBack } from "./callers.ts";
import { catalogue } from "./models.ts";
import type { Reply } from "./network.ts";
import { leaks, SECRETS } from "./secrets.ts";
import type { Site } from "./site.ts";
import type { Work } from "./vendor.ts";

/** What must hold in every world, whatever breaks. */
export const INVARIANTS = {
  1: "no more than one submit of a job is accepted, but after work that is known to have failed",
  2: "once nothing breaks any more, every job is terminal by its deadline",
  3: "a job takes legal edges alone, and what is terminal never changes",
  4: "what succeeded is what the job's own work at the provider gave",
  5: "a terminal job has one event, none before, and it says what the job says",
  6: "the money adds up, in budgets, limits and books: no reservation passes a limit, and a refund is of what was certainly not charged",
  7: "forged and replayed callbacks change nothing",
  8: "a genuine success that was acknowledged for a job not terminal ends in succeeded",
  9: "there is one job for each key of a tenant's, and a changed request under it is refused",
  10: "a callback that was answered with 2xx is stored",
  11: "no vendor has more of our work at a time than it is to be asked for",
  12: "no secret is in a log line, an answer or a row, and nothing of an erased job anywhere",
  13: "a vendor is sent no edit that moderation refused, or that it must allow first and did not",
} as const;
export type InvariantNumber = keyof typeof INVARIANTS;

export interface Violation {
  invariant: InvariantNumber;
  words: string;
}

/** A success that a vendor told of. */
export interface Told {
  work: Work;
  status: number;
}

/** How long a place is kept for work whose job ended without it: four times what is typical, 10 s. */
const KEPT_MS = 40_000;
/** By so much at most two clocks are apart. */
const SKEWS_MS = 3000;

/** Whether the receiver there answers 410. */
export const isGoneFor = (url: string): boolean => url.endsWith("/gone");

/** Watches everything that happens against what must hold. */
export class Law {
  readonly violations: Violation[] = [];
  readonly works: Work[] = [];
  readonly successes: Told[] = [];
  readonly events: OutgoingEvent[] = [];
  /** Events and the addresses that took them. */
  readonly deliveries = new Set<string>();
  /** Jobs that somebody asked to erase, answered or not. */
  readonly erasing = new Set<string>();
  /** Jobs that the API said are erased, or will be. */
  readonly erased = new Set<string>();
  /** Each job's row as it was last written before it was erased. */
  readonly rows = new Map<string, Job>();
  /** When its job's row says that each was sent. */
  readonly #sentAt = new Map<Work, number>();
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  broken(invariant: InvariantNumber, words: string): void {
    this.#site.world.say(() => `INVARIANT ${invariant} IS BROKEN: ${words}`);
    this.violations.push({ invariant, words });
  }

  /** A vendor takes work. */
  took(work: Work): void {
    const { world } = this.#site;
    for (const earlier of this.works.filter(({ jobId }) => jobId === work.jobId)) {
      const over = earlier.end !== "succeeded" && earlier.doneAt <= world.now;
      if (!over) this.broken(1, `${work.jobId} is accepted as ${work.id}, and was as ${earlier.id}`);
      else if (earlier.model === work.model) this.broken(1, `${work.jobId} is accepted twice by ${work.model}`);
    }
    this.works.push(work);
    // what comes late may be of a job that is erased, whose row no longer says when
    this.#sentAt.set(work, this.rows.get(work.jobId)?.submittedAt ?? world.now);
    this.#withinPlaces(work);
    this.#isAllowed(work);
    callBack(this.#site, work);
  }

  /** Where edits go on without an answer, all three that were asked for may have been lost. */
  #isAllowed({ jobId, id }: Work): void {
    const { moderator } = this.#site;
    if (moderator === undefined) return;
    const state = this.rows.get(jobId)?.moderation?.state;
    const right =
      state === "allowed" ? moderator.allowed(jobId) : state === "unanswered" && moderator.onFailure === "allow";
    if (!right) this.broken(13, `${jobId} is sent as ${id}, and moderation's word on it is ${state}`);
  }

  #withinPlaces({ vendor, id }: Work): void {
    const places = this.#site.slots.get(vendor);
    if (places === undefined) return;
    const atWork = this.works.filter((work) => work.vendor === vendor && this.#holdsPlace(work));
    if (atWork.length > places)
      this.broken(11, `with ${id}, ${vendor} has ${atWork.length} works, and is asked for ${places} at a time`);
  }

  /** Whether it is at work, and its job's place is kept: to the deadline, and after another end for as long as work takes. */
  #holdsPlace(work: Work): boolean {
    const { records, world } = this.#site;
    const job = records.jobs.get(work.jobId);
    if (job === undefined) return false;
    const kept = isTerminal(job.status) ? (this.#sentAt.get(work) ?? 0) + KEPT_MS : Number.POSITIVE_INFINITY;
    return world.now < Math.min(work.doneAt, job.deadlineAt - SKEWS_MS, kept - SKEWS_MS);
  }

  /** A row is written. */
  changed(after: Job, before: Job | undefined): void {
    this.#site.world.say(() => `row of ${after.id}: ${describe(after)}`);
    this.rows.set(after.id, after);
    if (before === undefined) this.#withinLimits(after);
    else this.#rightEdge(after, before);
    this.#rightPrice(after);
  }

  /** Whether somebody asked for a job to be erased, answered or not. */
  isErased(id: string): boolean {
    const job = this.#site.records.jobs.get(id);
    return job !== undefined && isGone(job);
  }

  #rightPrice({ id, price, request: { model, n } }: Job): void {
    const due = (catalogue.model(model)?.price.perResult ?? 0) * n;
    if (price !== undefined && price !== due) this.broken(6, `${id} costs ${price} of ${model}, which asks ${due}`);
  }

  #rightEdge(after: Job, before: Job): void {
    if (isTerminal(before.status)) this.broken(3, `${after.id}, which had ${before.status}, is written again`);
    else if (after.status !== before.status && !TRANSITIONS[before.status].includes(after.status))
      this.broken(3, `${after.id} goes from ${before.status} to ${after.status}`);
    if (after.rev !== before.rev + 1) this.broken(3, `a write of ${after.id} does not count`);
  }

  #withinLimits({ id, tenant, keyId, reservedIn = [] }: Job): void {
    const { records } = this.#site;
    const { limits, userLimits } = records.getKey(keyId) ?? {};
    const days: Record<string, number | undefined> = {
      tenant: records.getLimits(tenant)?.day,
      key: limits?.day,
      user: userLimits?.day,
    };
    for (const counter of reservedIn) {
      const [, scope = ""] = JSON.parse(counter) as string[];
      const [used = 0] = records.readCounters([counter]);
      if (used > (days[scope] ?? -1))
        this.broken(6, `with ${id}, ${counter} is at ${used} of ${days[scope]} micro-USD`);
    }
    const { limit, reserved, settled, unreconciled } = records.getBudget(tenant);
    if (limit !== undefined && reserved + settled + unreconciled > limit)
      this.broken(6, `with ${id}, ${tenant} has ${reserved + settled + unreconciled} of ${limit} micro-USD`);
  }

  /** An outgoing event is written. */
  told(event: OutgoingEvent): void {
    this.events.push(event);
    const { endpoints = [] } = this.#site.records.getEndpoints(event.tenant) ?? {};
    for (const { id, url, types } of endpoints)
      if (!isGoneFor(url) && (types?.includes(event.type) ?? true) && !event.endpoints?.includes(id))
        this.broken(5, `${event.type} of ${event.jobId} is not for ${url}, which is registered`);
  }

  /** A caller's receiver took a webhook. */
  delivered(eventId: string, url: string, body: string): void {
    this.deliveries.add(`${eventId} ${url}`);
    const { records } = this.#site;
    const event = records.events.get(eventId);
    const job = event && records.jobs.get(event.jobId);
    const { type, data } = JSON.parse(body) as { type?: string; data?: { id?: string; status?: string } };
    if (job === undefined || !isTerminal(job.status)) this.broken(5, `event ${eventId} is told of no terminal job`);
    else if (type !== `job.${job.status}` || data?.status !== job.status || data.id !== job.id)
      this.broken(5, `event ${eventId} says ${type} and ${data?.status} of ${job.id}, which has ${job.status}`);
    if (leaks(body, { links: "allowed" })) this.broken(12, `the webhook ${eventId} holds a secret`);
  }

  /** The receiver answers a callback. */
  acknowledged(path: string, body: string, status: number): void {
    const { records, world } = this.#site;
    const jobId = /\/(job_\w+)\./.exec(path)?.[1] ?? "";
    const good = status >= 200 && status < 300;
    // what was stored, and erased with its job before the answer left, was stored
    if (good && !this.isErased(jobId) && !records.listCallbacks(jobId).some(({ hash }) => hash === sha256Hex(body)))
      this.broken(10, `a callback of ${jobId} is acknowledged and is not there`);
    const work = this.works.find((each) => each.callbackUrl?.endsWith(path));
    const success = work?.end === "succeeded" && work.doneAt <= world.now && body.includes(`"${work.id}/0"`);
    const job = records.jobs.get(jobId);
    if (!success || job === undefined || isTerminal(job.status)) return;
    if (good) this.successes.push({ work, status });
    const current = job.attempt === work.attempt && world.now < job.deadlineAt - 5000;
    if (status === 404 && current) this.broken(8, `a genuine success of ${jobId}, which has ${job.status}, is refused`);
  }

  /** Somebody tried a link that is wrong. */
  forged(forgery: string, status: number | undefined): void {
    if (status !== undefined && status < 500 && status !== 404) this.broken(7, `${forgery} is answered with ${status}`);
  }

  /** The API answers. */
  answered({ status, body }: Reply): void {
    if (leaks(body, { links: "allowed" })) this.broken(12, `an answer with ${status} holds a secret`);
    if (status === 500 && this.#site.world.faultRate === 0) this.broken(2, `500, and nothing broke: ${body}`);
  }

  logged(message: string, fields: Record<string, unknown> | undefined): void {
    const line = `${message} ${JSON.stringify(fields ?? {})}`;
    if (leaks(line, { links: "never" })) this.broken(12, `a log line holds a secret: ${message}`);
  }
}

const describe = ({
  status,
  phase,
  acceptance,
  attempt,
  request,
  providerJob,
  cancelRequestedAt,
  settlement,
  error,
}: Job) =>
  [
    status,
    phase,
    `${request.model} #${attempt}`,
    acceptance === "none" ? undefined : acceptance,
    providerJob && `work ${providerJob.id}`,
    cancelRequestedAt && "cancel asked for",
    isTerminal(status) ? `${settlement.state} ${settlement.amount}` : undefined,
    error?.code,
  ]
    .filter(Boolean)
    .join(", ");

/** The prompt belongs into the job's row, and nowhere else. */
export const withoutPrompt = (rows: string): string => rows.replaceAll(SECRETS.prompt, "");
