import {
  type ApiKey,
  type Asset,
  type Block,
  type Budget,
  type Delivery,
  deliveryRank,
  type EndpointSet,
  InfillError,
  isForgotten,
  isGone,
  isTerminal,
  type Job,
  type JobEnd,
  type JobGuard,
  type JobPatch,
  type OutgoingEvent,
  type Position,
  type ProviderHealth,
  type Records,
  type Replay,
  type Report,
  type Reservation,
  type StoredCallback,
} from "@infill/core";
import { MemoryAccounts } from "./accounts.ts";
import { copy, frozen } from "./copy.ts";
import { MemorySlots } from "./slots.ts";

/** A port whose every method happens at one moment. */
export type AtOnce<Port> = {
  [K in keyof Port]: Port[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => R : never;
};

/** Who is told of what is written, as it is written. */
export interface Watch {
  job(after: Job, before: Job | undefined): void;
  event(event: OutgoingEvent): void;
}

const nobody: Watch = { job() {}, event() {} };

/** Records in memory. Each method is one moment, so it is atomic; what is handed out can be changed by nobody. */
export class MemoryRecords extends MemoryAccounts implements AtOnce<Records> {
  readonly jobs = new Map<string, Job>();
  readonly events = new Map<string, OutgoingEvent>();
  readonly budgets = new Map<string, Budget>();
  readonly #keys = new Map<string, ApiKey>();
  readonly #assets = new Map<string, Asset>();
  readonly #blocks = new Map<string, Block>();
  readonly #bound = new Map<string, string>();
  readonly #callbacks = new Map<string, StoredCallback[]>();
  readonly #replays = new Map<string, Replay>();
  readonly #health = new Map<string, ProviderHealth>();
  readonly #endpoints = new Map<string, EndpointSet>();
  readonly #slots = new MemorySlots();
  watch: Watch = nobody;

  putKey(key: ApiKey): void {
    this.#keys.set(key.id, frozen(key));
  }
  getKey(id: string) {
    return this.#keys.get(id);
  }
  listKeys(): ApiKey[] {
    return [...this.#keys.values()].sort((a, b) => newestFirst(b, a));
  }
  revokeKey(id: string, now: number) {
    const key = this.#keys.get(id);
    if (key !== undefined) this.#keys.set(id, frozen({ revokedAt: now, ...key }));
    return this.getKey(id);
  }

  putAsset(asset: Asset): void {
    if (!this.#assets.has(asset.id)) this.#assets.set(asset.id, frozen(asset));
  }
  getAsset(id: string) {
    return this.#assets.get(id);
  }
  renewAsset(id: string, uploadExpiresAt: number): boolean {
    const asset = this.#assets.get(id);
    if (asset !== undefined) this.#assets.set(id, frozen({ ...asset, uploadExpiresAt }));
    return asset !== undefined;
  }

  removeAsset(id: string): void {
    this.#assets.delete(id);
  }
  listAssets({ tenant, user, limit }: { tenant: string; user: string; limit: number }): Asset[] {
    return [...this.#assets.values()].filter((asset) => asset.tenant === tenant && asset.user === user).slice(0, limit);
  }

  putBlock(block: Block): Block {
    const there = this.#blocks.get(block.id);
    if (there !== undefined) return there;
    this.#blocks.set(block.id, frozen(block));
    return block;
  }
  getBlock(id: string) {
    return this.#blocks.get(id);
  }
  removeBlock(id: string): void {
    this.#blocks.delete(id);
  }

  createJob(job: Job, reservations: readonly Reservation[] = []): { created: boolean; job: Job } {
    const there = this.jobs.get(job.id);
    if (there !== undefined && !isForgotten(there, job.createdAt)) return { created: false, job: there };
    this.reserve(job, reservations);
    const row = frozen(job);
    this.#write(row, undefined);
    return { created: true, job: row };
  }

  /** @throws InfillError `budget_exceeded` */
  reserve({ tenant, estimate }: Job, reservations: readonly Reservation[]): void {
    const budget = this.#budget(tenant);
    const { limit, reserved, settled, unreconciled } = budget;
    const used = reserved + settled + unreconciled;
    if (limit !== undefined && used + estimate > limit)
      throw new InfillError("budget_exceeded", `${estimate} micro-USD are more than are left`, {
        details: { limit, left: Math.max(0, limit - used), needed: estimate },
      });
    this.take(reservations);
    budget.reserved += estimate;
  }

  getJob(id: string) {
    return this.jobs.get(id);
  }

  listJobs({ tenant, user, limit, before }: { tenant: string; user?: string; limit: number; before?: string }) {
    const end = before === undefined ? undefined : fromCursor(before);
    const jobs = [...this.jobs.values()]
      .filter((job) => job.tenant === tenant && job.erasedAt === undefined && (user === undefined || job.user === user))
      .filter((job) => end === undefined || newestFirst(job, end) > 0)
      .sort(newestFirst);
    const page = jobs.slice(0, limit);
    const last = page.at(-1);
    return { jobs: page, ...(jobs.length > limit && last !== undefined ? { next: toCursor(last) } : {}) };
  }

  unclaimedJobs(limit: number): Job[] {
    const queued = [...this.jobs.values()].filter(({ status }) => status === "queued");
    return queued.sort((a, b) => newestFirst(b, a)).slice(0, limit);
  }

  claimJob(id: string, execution: string, now: number): Job | undefined {
    const { job } = this.change(id, ({ status }) =>
      status === "queued" ? { status: "running", execution, claimedAt: now } : undefined,
    );
    return job?.execution === execution && !isTerminal(job.status) ? job : undefined;
  }

  updateJob(id: string, guard: JobGuard, patch: JobPatch): Job | undefined {
    const { changed, job } = this.change(id, (there) => (this.holds(guard, there) ? patch : undefined));
    return changed ? job : undefined;
  }

  requestCancel(id: string, now: number): Job | undefined {
    return this.change(id, (job) => (job.cancelRequestedAt === undefined ? { cancelRequestedAt: now } : undefined)).job;
  }

  takeSlot(id: string, guard: JobGuard, slot: { provider: string; places: number; now: number }) {
    const job = this.getJob(id);
    if (job === undefined || isTerminal(job.status) || !this.holds(guard, job)) return undefined;
    return this.#slots.take(job, slot, (mine) => this.change(id, () => ({ slot: mine })).job ?? job);
  }
  leaveSlot(id: string): void {
    this.change(id, (job) => {
      if (job.slot === undefined) return undefined;
      this.#slots.leave(job);
      return { slot: undefined };
    });
  }
  firstInLine(provider: string, now: number) {
    return this.#slots.first(provider, now);
  }

  endJob(id: string, end: JobEnd) {
    const { patch, settlement, event, attempt, slotUntil } = end;
    const { changed, job } = this.change(id, (there) => {
      if (attempt !== undefined && !this.holds({ attempt }, there)) return undefined;
      const { tenant, estimate } = there;
      const budget = this.#budget(tenant);
      budget.reserved -= estimate;
      if (settlement.state !== "refunded") budget[settlement.state] += settlement.amount;
      this.book(there, end);
      this.#slots.leave(there, slotUntil);
      return { ...patch, settlement, slot: undefined };
    });
    if (changed) {
      this.events.set(event.id, frozen(event));
      this.watch.event(event);
    }
    return job && { ended: changed, job };
  }

  eraseJob(id: string, tombstone: Job): void {
    const job = this.jobs.get(id);
    if (job === undefined || !isTerminal(job.status) || job.erasedAt !== undefined) return;
    this.#callbacks.delete(id);
    const { url: _, endpoints: _endpoints, ...event } = this.events.get(job.eventId ?? "") ?? {};
    if ("id" in event) {
      const { delivery } = event;
      const state = delivery.state === "pending" ? "none" : delivery.state;
      this.events.set(event.id, { ...event, delivery: { ...delivery, state } });
    }
    this.jobs.set(id, frozen(tombstone));
  }

  reportJob(id: string, report: Report): Job | undefined {
    const job = this.jobs.get(id);
    if (job === undefined || isGone(job)) return undefined;
    const reported = frozen({ ...job, report, rev: job.rev + 1 });
    this.jobs.set(id, reported);
    return reported;
  }

  bindProviderJob(provider: string, providerJobId: string, jobId: string): boolean {
    const key = `${provider} ${providerJobId}`;
    if (!this.#bound.has(key)) this.#bound.set(key, jobId);
    return this.#bound.get(key) === jobId;
  }
  boundJob(provider: string, providerJobId: string) {
    return this.#bound.get(`${provider} ${providerJobId}`);
  }

  putCallback(jobId: string, callback: StoredCallback, max: number): "stored" | "duplicate" | "full" {
    const kept = this.#callbacks.get(jobId) ?? [];
    if (kept.some(({ hash }) => hash === callback.hash)) return "duplicate";
    if (kept.length >= max) return "full";
    this.#callbacks.set(jobId, [...kept, frozen(callback)]);
    return "stored";
  }
  listCallbacks(jobId: string): StoredCallback[] {
    return [...(this.#callbacks.get(jobId) ?? [])];
  }

  getReplay(fingerprint: string) {
    return this.#replays.get(fingerprint);
  }
  putReplay(replay: Replay, instead?: string): Replay {
    const there = this.#replays.get(replay.fingerprint);
    if (there !== undefined && there.keptUntil > replay.createdAt && there.key !== instead) return there;
    this.#replays.set(replay.fingerprint, frozen(replay));
    return replay;
  }
  deliverReplay(fingerprint: string, key: string, deliveredAt: number): void {
    const there = this.#replays.get(fingerprint);
    if (there?.key === key) this.#replays.set(fingerprint, frozen({ deliveredAt, ...there }));
  }

  getProviderHealth(provider: string) {
    return this.#health.get(provider);
  }
  noteProvider(provider: string, outcome: "answered" | "failed", now: number): void {
    const { failures, lastFailureAt } = this.#health.get(provider) ?? { failures: 0, lastFailureAt: 0 };
    if (outcome === "answered") this.#health.delete(provider);
    else this.#health.set(provider, frozen({ failures: failures + 1, lastFailureAt: Math.max(lastFailureAt, now) }));
  }

  getEvent(id: string) {
    return this.events.get(id);
  }
  listEvents({ tenant, limit, after }: { tenant: string; limit: number; after?: Position }) {
    const events = [...this.events.values()]
      .filter((event) => event.tenant === tenant && (after === undefined || newestFirst(event, after) < 0))
      .sort((a, b) => newestFirst(b, a));
    return { events: events.slice(0, limit), more: events.length > limit };
  }
  updateDelivery(id: string, delivery: Delivery, endpoint?: string): void {
    const event = this.events.get(id);
    if (event !== undefined && endpoint !== undefined) {
      const before = event.told?.[endpoint];
      if (before !== undefined && deliveryRank(before) >= deliveryRank(delivery)) return;
      this.events.set(id, frozen({ ...event, told: { ...event.told, [endpoint]: delivery } }));
      return;
    }
    if (event !== undefined && deliveryRank(event.delivery) < deliveryRank(delivery))
      this.events.set(id, frozen({ ...event, delivery }));
  }

  getEndpoints(tenant: string) {
    return this.#endpoints.get(tenant);
  }
  putEndpoints(tenant: string, set: EndpointSet): boolean {
    if ((this.#endpoints.get(tenant)?.rev ?? 0) !== set.rev - 1) return false;
    this.#endpoints.set(tenant, frozen(set));
    return true;
  }

  getBudget(tenant: string): Budget {
    return copy(this.budgets.get(tenant) ?? { reserved: 0, settled: 0, unreconciled: 0 });
  }
  setBudgetLimit(tenant: string, limit: number | undefined): void {
    const { limit: _, ...sums } = this.#budget(tenant);
    this.budgets.set(tenant, limit === undefined ? sums : { limit, ...sums });
  }

  /** Everything that is kept, for whoever looks for what must not be. */
  rows(): unknown[] {
    return [this.jobs, this.events, this.#keys, this.#assets, this.#callbacks, this.#replays].map((map) => [...map]);
  }

  /** The one way a row changes: never a terminal one. */
  protected change(id: string, make: (job: Job) => Change | undefined) {
    const before = this.jobs.get(id);
    if (before === undefined) return { changed: false, job: undefined };
    const patch = this.mayChange(before) ? make(before) : undefined;
    if (patch === undefined) return { changed: false, job: before };
    const after = frozen({ ...before, ...patch, rev: before.rev + 1 } as Job);
    this.#write(after, before);
    return { changed: true, job: after };
  }

  protected mayChange(job: Job): boolean {
    return !isTerminal(job.status);
  }

  protected holds(guard: JobGuard, job: Job): boolean {
    if (guard.execution !== undefined && job.execution !== guard.execution) return false;
    if (guard.notCanceled && job.cancelRequestedAt !== undefined) return false;
    if (guard.attempt !== undefined && job.attempt !== guard.attempt) return false;
    return guard.acceptance === undefined || job.acceptance === guard.acceptance;
  }

  #write(job: Job, before: Job | undefined): void {
    this.jobs.set(job.id, job);
    this.watch.job(job, before);
  }

  #budget(tenant: string): Budget {
    const budget = this.budgets.get(tenant) ?? { reserved: 0, settled: 0, unreconciled: 0 };
    this.budgets.set(tenant, budget);
    return budget;
  }
}

/** What a write changes: of state and money, too. */
type Change = JobPatch & { [K in "status" | "settlement" | "slot"]?: Job[K] | undefined };

const newestFirst = (a: Position, b: Position): number =>
  b.createdAt - a.createdAt || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

const toCursor = ({ createdAt, id }: Position): string => Buffer.from(`${createdAt} ${id}`).toString("base64url");

function fromCursor(cursor: string): Position {
  const [, createdAt, id] = /^(\d{1,16}) (\S+)$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (createdAt === undefined || id === undefined)
    throw new InfillError("invalid_request", "The cursor of a page must be the `next` of the page before, as it came");
  return { createdAt: Number(createdAt), id };
}
