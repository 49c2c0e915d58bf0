import type { Asset } from "./asset.ts";
import type { Block } from "./blocks.ts";
import type { ContentType, EditPlan, EditSettings, Fidelity, MaskRule, OutputFormat, Size, SizeRule } from "./image.ts";
import type { Acceptance, Job, JobPatch, Settlement } from "./job.ts";
import type { Scope } from "./keys.ts";
import type { Limits, Reservation } from "./limits.ts";
import type { ModelRecord } from "./model.ts";
import type { Provider } from "./provider.ts";
import type { Report } from "./reports.ts";
import type { Unreconciled, UsageKind, UsageRow } from "./usage.ts";

/** Time as an argument. */
export interface Clock {
  /** Whole ms since the epoch. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Randomness as an argument. */
export interface Ids {
  /** A fresh id: `prefix_` and 26 characters of 128 random bits. */
  make(prefix: "job" | "ast" | "key" | "evt" | "req" | "tok" | "whe"): string;
  /** 256 random bits in base64url, for secrets. */
  secret(): string;
}

// ── records ──────────────────────────────────────────────────────────────────────────────────

/** An API key at rest: the secret is only ever a hash. */
export interface ApiKey {
  v: 1;
  id: string;
  tenant: string;
  /** Hex SHA-256 of the whole key. */
  hash: string;
  name: string;
  createdAt: number;
  revokedAt?: number;
  /** From then on it is refused. */
  validUntil?: number;
  /** What it may do; absent = everything, as rows of older builds have it. */
  scopes?: Scope[];
  limits?: Limits;
  /** Of each end user whom it asks for. */
  userLimits?: Limits;
}

/** A provider's callback as it came in, kept before it is acknowledged. */
export interface StoredCallback {
  /** Hex SHA-256 of the body's bytes: the same body twice is one callback. */
  hash: string;
  /** Whose it is; absent on rows of older builds. */
  provider?: string;
  /** Which attempt of the job's it answers; absent on rows of older builds. */
  attempt?: number;
  body: string;
  /** Of a body that is not UTF-8: what a signature is over is kept to the byte. */
  encoding?: "base64";
  /** What it was signed with: headers whose names speak of a signature or a webhook, in lower case. */
  headers?: Readonly<Record<string, string>>;
  receivedAt: number;
}

/** Every type of event. */
export const EVENT_TYPES = ["job.succeeded", "job.failed", "job.canceled"] as const;

/** How the telling of somebody stands. */
export interface Delivery {
  /** `gone`: it answered 410, or its endpoint is disabled or deleted. */
  state: "none" | "pending" | "delivered" | "gone" | "failed";
  attempts: number;
  lastStatus?: number;
  /** How often somebody asked for it once more: the last delivery that was begun is the one that goes on. */
  replay?: number;
}

/** What tells the outside that a job ended; written in the same transaction. */
export interface OutgoingEvent {
  v: 1;
  id: string;
  tenant: string;
  jobId: string;
  type: (typeof EVENT_TYPES)[number];
  createdAt: number;
  /** Where to deliver it; absent when the job named no webhook. */
  url?: string;
  /** To that address. */
  delivery: Delivery;
  /** Ids of the registered endpoints that it is to be delivered to besides: those that were enabled when it was written. */
  endpoints?: string[];
  /** How each of them was told, by id; one that is missing was not tried yet. */
  told?: Readonly<Record<string, Delivery>>;
}

/** An address that is told of every end of a tenant's jobs. */
export interface WebhookEndpoint {
  id: string;
  url: string;
  /** Absent = every one. */
  types?: OutgoingEvent["type"][];
  createdAt: number;
  /** `whsec_…`, the newest first; one that was replaced signs until its time. */
  secrets: { text: string; validUntil?: number }[];
  /** It answered 410: from then on it is told nothing, until it is enabled. */
  disabledAt?: number;
}

/** All endpoints of a tenant, oldest first. */
export interface EndpointSet {
  v: 1;
  /** How often it was written. */
  rev: number;
  endpoints: WebhookEndpoint[];
}

/** A place in a list that goes by time, and by id within a millisecond. */
export interface Position {
  /** ms since the epoch. */
  createdAt: number;
  id: string;
}

/**
 * What stands in for the idempotency key of a request that came without one: the latest answer to the
 * same question. Nothing of the request is in it.
 */
export interface Replay {
  v: 1;
  /** Hash of who asked and of everything they asked for. */
  fingerprint: string;
  /** The key that the asking goes by. */
  key: string;
  createdAt: number;
  /** When its answer was handed over to the end. */
  deliveredAt?: number;
  /** After that it counts no more, and may be gone. */
  keptUntil: number;
}

/** A series of failures of one provider, with no success between. */
export interface ProviderHealth {
  failures: number;
  /** ms since the epoch. */
  lastFailureAt: number;
}

/** Money of a tenant, integer micro-USD. `limit` absent = unlimited. */
export interface Budget {
  limit?: number;
  reserved: number;
  settled: number;
  unreconciled: number;
}

/** Conditions of a write on a job, all of which must hold; none holds on a terminal row. */
export interface JobGuard {
  /** Only by the execution that claimed it. */
  execution?: string;
  /** Only while nobody asked to cancel. */
  notCanceled?: true;
  /** Only while acceptance is this. */
  acceptance?: Acceptance;
  /** Only in this attempt: a write of an earlier one, come late, changes nothing. */
  attempt?: number;
}

/** What standing in front of a provider came to. */
export type SlotAnswer =
  /** `free`: so many more edits could be sent now. */
  | { taken: true; job: Job; free: number }
  /** In line. `until`: when the first lease ends, ms; somebody may be done before that, and wakes whoever is next. */
  | { taken: false; job: Job; until: number };

export interface JobEnd {
  patch: JobPatch & { status: "succeeded" | "failed" | "canceled"; finishedAt: number };
  settlement: Settlement & { state: "settled" | "refunded" | "unreconciled" };
  event: OutgoingEvent;
  /** Only in this attempt: what an earlier one came to is not how it ends. */
  attempt?: number;
  /** Its place with the provider is free at this time (ms) at the earliest; without it, now. */
  slotUntil?: number;
}

/**
 * The only memory. Every method is one atomic step; a method that changes a job never touches a
 * terminal row, but to report or to erase it, and adds one to `rev`.
 */
export interface Records {
  putKey(key: ApiKey): Promise<void>;
  getKey(id: string): Promise<ApiKey | undefined>;
  /** Every key, oldest first. */
  listKeys(): Promise<ApiKey[]>;
  /** Ends a key, once: the first time stays. @returns the row as it is now */
  revokeKey(id: string, now: number): Promise<ApiKey | undefined>;

  putAsset(asset: Asset): Promise<void>;
  getAsset(id: string): Promise<Asset | undefined>;
  /** Moves the upload's expiry; the rest of an asset never changes. @returns whether it is there */
  renewAsset(id: string, uploadExpiresAt: number): Promise<boolean>;
  removeAsset(id: string): Promise<void>;
  /** Uploads of one end user, so many at most. In no order; those of a moment ago may be missing. */
  listAssets(query: { tenant: string; user: string; limit: number }): Promise<Asset[]>;

  /** Puts a block where there is none. @returns the one that is there now */
  putBlock(block: Block): Promise<Block>;
  getBlock(id: string): Promise<Block | undefined>;
  removeBlock(id: string): Promise<void>;

  /**
   * Job and reservation in one transaction: puts the row if absent and adds `estimate` to the
   * tenant's reserved sum, unless that would exceed the limit. Every further reservation holds, or none does.
   * @returns the row that is there now, and whether this call made it
   * @throws InfillError `budget_exceeded` with what is left, or a reservation's own refusal
   */
  createJob(job: Job, reservations?: readonly Reservation[]): Promise<{ created: boolean; job: Job }>;
  getJob(id: string): Promise<Job | undefined>;
  /** Newest first. `before` is the opaque cursor of the previous page. */
  listJobs(query: {
    tenant: string;
    user?: string;
    limit: number;
    before?: string;
  }): Promise<{ jobs: Job[]; next?: string }>;
  /** Queued jobs that no execution has claimed, oldest first: what a start that was lost leaves behind. */
  unclaimedJobs(limit: number): Promise<Job[]>;

  /**
   * `queued` → `running` for one execution. The same execution may claim again (a replay);
   * any other gets `undefined`, and so does everyone once the row is terminal.
   */
  claimJob(id: string, execution: string, now: number): Promise<Job | undefined>;
  /** Patches a job that is not terminal while the guard holds. @returns the new row, or `undefined` */
  updateJob(id: string, guard: JobGuard, patch: JobPatch): Promise<Job | undefined>;
  /** Sets the cancel flag on a job that is not terminal (once). @returns the row as it is now */
  requestCancel(id: string, now: number): Promise<Job | undefined>;
  /**
   * The one terminal transaction: state, settlement, reservations' release, its place with a provider, the books
   * and the outgoing event together. @returns the row that is there now, and whether this call ended it
   */
  endJob(id: string, end: JobEnd): Promise<{ ended: boolean; job: Job } | undefined>;

  /**
   * Puts what is left of it (`erasedAt` set) in the place of a job that has ended: it is in no list any more,
   * its callbacks and its event's address are gone, and a day after `erasedAt` so is what was left. Another id
   * than that of a terminal row changes nothing.
   */
  eraseJob(id: string, tombstone: Job): Promise<void>;

  /**
   * Puts a report on a job that is there, in the place of one before, also where it has ended: nothing else of a
   * terminal row changes. @returns the new row; `undefined` when it is erased, or to be
   */
  reportJob(id: string, report: Report): Promise<Job | undefined>;

  /**
   * Takes one of a provider's places for a job until its deadline, or puts the job in line: oldest first, and
   * nobody before one who was there earlier. Of any number that ask at once, at most `places` hold one. A place
   * whose lease ended is free; a job that has one keeps it.
   * @returns `undefined` when the guard does not hold
   */
  takeSlot(
    id: string,
    guard: JobGuard,
    slot: { provider: string; places: number; now: number },
  ): Promise<SlotAnswer | undefined>;
  /** Gives up a job's place, or its place in line. */
  leaveSlot(id: string): Promise<void>;
  /** The job that has been in line for longest and is not past its deadline. */
  firstInLine(provider: string, now: number): Promise<string | undefined>;

  /** Binds a provider's id to one job for ever. @returns false when it belongs to another job */
  bindProviderJob(provider: string, providerJobId: string, jobId: string): Promise<boolean>;

  /** The job that a provider's id belongs to. */
  boundJob(provider: string, providerJobId: string): Promise<string | undefined>;

  /** Stores a callback unless the same body is there, or `max` others are. */
  putCallback(jobId: string, callback: StoredCallback, max: number): Promise<"stored" | "duplicate" | "full">;
  /** In order of arrival. */
  listCallbacks(jobId: string): Promise<StoredCallback[]>;

  getReplay(fingerprint: string): Promise<Replay | undefined>;
  /**
   * Puts a replay where there is none, where one is past its time when this one was made, or where the
   * one with the key `instead` still is: of many that put at once, one does.
   * @returns the replay that is there now
   */
  putReplay(replay: Replay, instead?: string): Promise<Replay>;
  /** Notes, once, that the answer was handed over; nothing when another key has taken its place. */
  deliverReplay(fingerprint: string, key: string, deliveredAt: number): Promise<void>;

  /** `undefined` when it answered last. */
  getProviderHealth(provider: string): Promise<ProviderHealth | undefined>;
  /** Adds a failure to the series, or ends it. */
  noteProvider(provider: string, outcome: "answered" | "failed", now: number): Promise<void>;

  getEvent(id: string): Promise<OutgoingEvent | undefined>;
  /**
   * Oldest first, those after a position. One that is being written now may come to lie before others that
   * are listed already: its time is when its writer began.
   */
  listEvents(query: {
    tenant: string;
    limit: number;
    after?: Position;
  }): Promise<{ events: OutgoingEvent[]; more: boolean }>;
  /**
   * Notes a try that comes after those that are noted, as `deliveryRank` has them; a late one changes nothing.
   * @param endpoint a registered one; absent = the job's own webhook
   */
  updateDelivery(id: string, delivery: Delivery, endpoint?: string): Promise<void>;

  /** `undefined` when a tenant never had any. */
  getEndpoints(tenant: string): Promise<EndpointSet | undefined>;
  /** Puts them in the place of those whose `rev` is one less, or of none when it is 1. @returns whether it did */
  putEndpoints(tenant: string, set: EndpointSet): Promise<boolean>;

  getBudget(tenant: string): Promise<Budget>;
  /** `undefined` lifts the limit. */
  setBudgetLimit(tenant: string, limit: number | undefined): Promise<void>;
  /** A tenant's limits by period. */
  getLimits(tenant: string): Promise<Limits | undefined>;
  setLimits(tenant: string, limits: Limits): Promise<void>;

  /**
   * Adds to a counter while that fits its limit: of any number at once, exactly so many do.
   * @param amount 1 unless given
   * @returns what it is then; `undefined` when there is no room, and then nothing was added
   */
  count(counter: string, limit: number, keptUntil: number, amount?: number): Promise<number | undefined>;
  /** In the order of the names; 0 for one that nobody has used. */
  readCounters(counters: readonly string[]): Promise<number[]>;

  /** Sums by day, both days included (`2026-11-26`). In no order. */
  listUsage(query: { tenant: string; kind: UsageKind; from: string; to: string }): Promise<UsageRow[]>;
  listUnreconciled(query: { tenant: string; from: string; to: string }): Promise<Unreconciled[]>;
  /** Takes an end user's name out of the books of these days: their sums stay, as those of jobs that name none. */
  forgetUser(query: { tenant: string; user: string; from: string; to: string }): Promise<void>;
}

// ── objects ──────────────────────────────────────────────────────────────────────────────────

export interface ObjectHead {
  size: number;
  contentType: string;
  etag: string;
}

/** A URL the uploader may PUT to, with exactly the headers it must send. */
export interface SignedUpload {
  method: "PUT";
  url: string;
  headers: Record<string, string>;
}

/**
 * Object storage with S3's semantics. Keys: `u/{tenant}/{asset}` uploads, `w/{job}/…` pictures for
 * and from providers, `r/{job}/…` results.
 */
export interface Objects {
  signUpload(upload: {
    key: string;
    contentType: ContentType;
    contentLength: number;
    /** Hex. */
    sha256?: string;
    expiresInSeconds: number;
  }): Promise<SignedUpload>;
  signDownload(download: {
    key: string;
    expiresInSeconds: number;
    filename?: string;
    contentType?: string;
  }): Promise<string>;
  /**
   * Bytes `[0, length)` and what storage knows of the object; `undefined` when it is not there.
   */
  readStart(key: string, length: number): Promise<{ head: ObjectHead; bytes: Uint8Array } | undefined>;
  /** @throws InfillError `asset_missing` when it is not there, or is not what `ifMatch` (an ETag) names any more */
  read(key: string, ifMatch?: string): Promise<Uint8Array>;
  write(key: string, bytes: Uint8Array, contentType: string): Promise<void>;
  /**
   * Writes where nothing is. Below `u/` nothing else is allowed: an upload is written once.
   * @returns false where something is, or is being written
   */
  create(key: string, bytes: Uint8Array, contentType: string): Promise<boolean>;
  /** Nothing happens where nothing is. */
  remove(key: string): Promise<void>;
  /** Removes everything below a prefix that ends in `/`. */
  removeAll(prefix: string): Promise<void>;
}

// ── pixels ───────────────────────────────────────────────────────────────────────────────────

export interface Prepared {
  plan: EditPlan;
  /** PNG of `plan.work` size, sRGB. */
  image: Uint8Array;
  /** PNG of `plan.work` size in the model's own convention. */
  mask: Uint8Array;
  warnings: string[];
}

export interface Finished {
  bytes: Uint8Array;
  contentType: ContentType;
  width: number;
  height: number;
  fidelity: Fidelity;
}

/** The pixel work. Pictures are encoded bytes (png, jpeg, webp). */
export interface Pixels {
  /**
   * Checks both pictures by decoding them, makes the canonical mask, plans the crop and renders what
   * the provider is sent.
   * @throws InfillError `asset_invalid` or `mask_mismatch`, with the numbers in it
   */
  prepare(input: {
    image: Uint8Array;
    mask: Uint8Array;
    settings: EditSettings;
    sizes: SizeRule;
    maskRule: MaskRule;
    /** Work at exactly this size, px. */
    size?: Size;
    signal?: AbortSignal;
  }): Promise<Prepared>;
  /**
   * Pastes a provider's answer back into the original: outside the feathered mask the caller's own
   * pixels, full resolution, the original's colour profile, upright.
   * @throws InfillError `provider_rejected` when the answer is not a picture
   */
  finish(input: {
    image: Uint8Array;
    mask: Uint8Array;
    plan: EditPlan;
    /** What the provider was sent, to measure its drift. */
    sent: Uint8Array;
    answer: Uint8Array;
    outputFormat: OutputFormat;
    /** 1–100. jpeg: default 95. webp: lossless unless given. */
    outputQuality?: number;
    signal?: AbortSignal;
  }): Promise<Finished>;
}

// ── engine ───────────────────────────────────────────────────────────────────────────────────

export type WorkflowName = "inpaint" | "notify";

/** The durable engine, from outside. */
export interface Engine {
  /** Starts an execution by name. The same name and payload again is the same execution. */
  start(workflow: WorkflowName, name: string, payload: Record<string, string>): Promise<void>;
  /** Completes a pause. @returns false when the token is unknown or used up */
  complete(token: string): Promise<boolean>;
}

/**
 * Places for answers that are held. Where a held answer occupies one of a few workers, they must not
 * all wait: what they wait for needs one, too.
 */
export interface Holds {
  /**
   * Takes a place for at most so long; whoever dies with it frees it by that.
   * @param owner who may have a share of the places and no more, by what says nothing about them; absent = nobody in
   *   particular, who may have all
   * @returns the place, or what is full: all places, or the owner's share
   */
  take(seconds: number, owner?: string): Promise<Hold | { full: "all" | "share" }>;
}

/** A place that is held. */
export interface Hold {
  /** Gives it back. */
  release(): Promise<void>;
}

// ── the rest of the world ────────────────────────────────────────────────────────────────────

/** Finds models and their providers. */
export interface Catalogue {
  models(): readonly ModelRecord[];
  model(id: string): ModelRecord | undefined;
  /** Why a model cannot be used now (no key), or `undefined` when it can. */
  unavailable(model: ModelRecord): string | undefined;
  /** Short names, and the models that each may stand for, best first. */
  aliases(): Readonly<Record<string, readonly string[]>>;
  /** What the operator has tried next when a caller named this model alone. */
  fallbacks(name: string): readonly string[];
  /** How many edits a provider takes at once from one account; `undefined` where there is no such limit. */
  slots(provider: string): number | undefined;
}

/** Providers that are configured, by name. */
export type Providers = ReadonlyMap<string, Provider>;

/** Sends one outgoing webhook. Guarded: never to an address inside. */
export type PostWebhook = (request: {
  url: string;
  headers: Record<string, string>;
  body: string;
}) => Promise<{ status: number; retryAfterSeconds?: number }>;

/** What is counted, and in what: CloudWatch's words. `spend` is in micro-USD. */
export const METRICS = {
  jobs: "Count",
  spend: "None",
  duration: "Milliseconds",
  callbacks: "Count",
  webhooksFailed: "Count",
  reports: "Count",
  unmoderated: "Count",
} as const;

/** What a line counts, once. `jobs` is told apart by how they ended. */
export type Counts = Partial<Record<keyof typeof METRICS, number>> & { status?: string };

/** Structured log lines. Never a secret, a presigned query, a capability URL or a prompt. */
export interface Log {
  /** @param counts where somebody counts; the line itself is for people */
  info(message: string, fields?: Record<string, unknown>, counts?: Counts): void;
  warn(message: string, fields?: Record<string, unknown>, counts?: Counts): void;
  error(message: string, fields?: Record<string, unknown>, counts?: Counts): void;
}
