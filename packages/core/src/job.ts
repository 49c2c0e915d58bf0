import type { ErrorCode, ErrorRecord } from "./errors.ts";
import type { ContentType, EditPlan, EditSettings, Fidelity, OutputFormat } from "./image.ts";
import type { ProviderJob } from "./provider.ts";
import type { Report } from "./reports.ts";
import type { InpaintRequest } from "./schemas.ts";

export type Status = "queued" | "running" | "succeeded" | "failed" | "canceled";
/** What a running job is doing, for people. */
export type Phase = "preparing" | "submitted" | "storing";

/**
 * The only edges a job may take. Terminal rows never change.
 *
 * ```
 * queued ──▶ running ──▶ succeeded | failed | canceled
 *    └──────────────────────────▶ failed | canceled
 * ```
 */
export const TRANSITIONS: Record<Status, readonly Status[]> = {
  queued: ["running", "failed", "canceled"],
  running: ["running", "succeeded", "failed", "canceled"],
  succeeded: [],
  failed: [],
  canceled: [],
};

export const isTerminal = (status: Status): boolean => TRANSITIONS[status].length === 0;

/**
 * What is known about the provider having taken the work: it decides the bill.
 *
 * - `none` – never sent, or certainly refused
 * - `possible` – being sent, or the answer was lost
 * - `accepted` – the provider said so
 */
export type Acceptance = "none" | "possible" | "accepted";

/** Money of a job, in integer micro-USD: reserved when it is made, settled once when it ends. */
export interface Settlement {
  state: "reserved" | "settled" | "refunded" | "unreconciled";
  /** What counts against the budget now. */
  amount: number;
}

/** An image as a job uses it: pinned by ETag, so that what was validated is what is read. */
export interface ImageSource {
  key: string;
  etag: string;
  contentType: ContentType;
  bytes: number;
  /** Upright size, px: EXIF orientation applied. */
  width: number;
  height: number;
}

export interface StoredResult {
  key: string;
  contentType: ContentType;
  bytes: number;
  width: number;
  height: number;
  fidelity: Fidelity;
}

/** The request after validation, with every default applied. The prompt lives here and nowhere else. */
export interface JobRequest {
  operation: "replace" | "erase";
  model: string;
  prompt?: string;
  negativePrompt?: string;
  n: number;
  size?: { width: number; height: number };
  seed?: number;
  strength?: number;
  guidanceScale?: number;
  steps?: number;
  quality?: string;
  outputFormat: OutputFormat;
  /** 1–100; for jpeg and lossy webp. */
  outputQuality?: number;
  edit: EditSettings;
  providerOptions: Record<string, unknown>;
  metadata: Record<string, string>;
  webhook?: string;
  /** In whose words the webhook is told; ours, unless it came in another format. */
  webhookFormat?: WebhookFormat;
}

/** ModelsLab's words, with what they repeat of the request. */
export interface WebhookFormat {
  format: "modelslab";
  /** As it came, type and all. */
  trackId: string | number | null;
  /** The addresses of photo and mask; absent when they came along. */
  pictures?: { init_image: string; mask_image: string };
}

/** What was asked for, before any model's defaults were applied. */
export type AskedRequest = Omit<InpaintRequest, "image" | "mask">;

/** A model that the job was meant for, and is not any more. */
export interface RouteStep {
  model: string;
  at: number;
  /** Took nothing; took the work and could not do it; was never asked. */
  outcome: "refused" | "failed" | "skipped";
  code: ErrorCode;
  reason: string;
  /** Micro-USD that it may have charged. */
  amount: number;
}

/** One of the places of a provider that takes only so many edits at once. */
export interface Slot {
  provider: string;
  /** Which, from 0; absent while it is in line. */
  place?: number;
}

/** The job row: the promise made to the caller. Times are ms since the epoch. */
export interface Job {
  /** Version of this row's shape. */
  v: 1;
  id: string;
  tenant: string;
  /** Id of the key that made it. */
  keyId: string;
  /** The app's end user. */
  user?: string;
  /** Counters that its estimate was reserved in, besides its tenant's budget: what it does not cost goes back there. */
  reservedIn?: string[];
  /**
   * What else the request said, where it came in a format whose answers repeat it: that format's own text. Its
   * prompts are not in it.
   */
  words?: string;
  /** Hash of the decoded request: the same idempotency key with another one is refused. */
  fingerprint: string;
  /** Counts writes: the ETag of every answer. */
  rev: number;

  status: Status;
  phase?: Phase;
  /** 0–1. */
  progress: number;
  request: JobRequest;
  image: ImageSource;
  mask: ImageSource;
  /** The pictures that the model's own options name, by option. */
  references?: Record<string, ImageSource[]>;

  createdAt: number;
  deadlineAt: number;
  claimedAt?: number;
  preparedAt?: number;
  submittedAt?: number;
  answeredAt?: number;
  finishedAt?: number;
  cancelRequestedAt?: number;
  /** Somebody wants it erased: that happens at its end. */
  eraseRequestedAt?: number;
  /** This is all that is left of it, for a day. */
  erasedAt?: number;

  /** Other models: those that may yet be tried, with what they are to be asked, and those that were. */
  route?: { asked: AskedRequest; left: string[]; past: RouteStep[] };
  /** Micro-USD that models which failed may have charged. */
  spent?: number;

  /** The execution that claimed this row: every other one exits. */
  execution?: string;
  /** Completes the pause the workflow is in. */
  pauseToken?: string;
  /** Callbacks the workflow has looked at. */
  callbacksSeen: number;

  /** Counts what was sent, and moves to other models: what was meant for one number is refused under the next. */
  attempt: number;
  /** Moves to other models among them. */
  moves?: number;
  /** Why the provider took nothing yet, and when it is asked again. */
  waiting?: { reason: string; until: number };
  acceptance: Acceptance;
  /** The provider that it has a place with, or is in line for. Changes with that place alone. */
  slot?: Slot;
  providerJob?: ProviderJob;
  /** What the provider says that the work took, in its own units. */
  usage?: Readonly<Record<string, number>>;
  /** Micro-USD that the finished work costs, now that all it depends on is known. */
  actual?: number;
  /** The part that was sent, as the vendor showed it last while it worked: a storage key. */
  preview?: string;
  /** How many the vendor has shown. */
  previews?: number;
  plan?: EditPlan;
  /** Storage keys of the provider's own pictures, once fetched. */
  outputs?: string[];

  results: StoredResult[];
  warnings: string[];
  error?: ErrorRecord;
  simulated?: boolean;

  /** Micro-USD: the most that the whole route may cost, which is what was reserved. */
  estimate: number;
  /** Micro-USD that the model which has it now may cost: exact once it is prepared. Absent on rows of older builds. */
  price?: number;
  settlement: Settlement;
  /** The event written with the terminal state. */
  eventId?: string;
  /** What the operator's moderation said, and when; absent where it was not asked. */
  moderation?: { state: "allowed" | "refused" | "unanswered"; at: number };
  /** What somebody said of it, last. */
  report?: Report;
}

/** State and money change in `claimJob` and `endJob` alone; the request changes with the model. */
type Patchable = Omit<
  Job,
  "v" | "id" | "tenant" | "rev" | "createdAt" | "status" | "estimate" | "settlement" | "slot" | "report"
>;

/** Fields to write; `undefined` removes one. */
export type JobPatch = { [K in keyof Patchable]?: Patchable[K] | undefined };
