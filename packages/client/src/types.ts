/** What a caller sends and gets. Times are ISO dates, money is in micro-USD, lengths in px. */

/** What a report says of a job. */
export type ReportReason =
  | "sexual"
  | "minors"
  | "violence"
  | "hate"
  | "harassment"
  | "deception"
  | "privacy"
  | "copyright"
  | "other";

export type Status = "queued" | "running" | "succeeded" | "failed" | "canceled";

/** An RFC 9457 problem, as jobs carry it. */
export interface Problem {
  type: string;
  title: string;
  detail: string;
  code: string;
  retryable: boolean;
  pointer?: string;
  [extension: string]: unknown;
}

export interface Fidelity {
  /** Pixels outside the feathered mask. */
  outsidePixels: number;
  /** How many of them differ from the photo; 0 for png and lossless webp. */
  changedOutside: number;
  maxDifferenceOutside: number;
  /** What the model itself had changed there, before its answer was pasted back. */
  providerDrift: { changedShare: number; meanDifference: number };
}

export interface JobResult {
  index: number;
  /** Needs the key. */
  url: string;
  /** Needs none, and lives a week. */
  link: string;
  contentType: string;
  bytes: number;
  width: number;
  height: number;
  fidelity: Fidelity;
}

export interface Job {
  id: string;
  object: "job";
  status: Status;
  /** While it runs. */
  phase?: "preparing" | "submitted" | "storing";
  /** 0–1. */
  progress: number;
  model: string;
  operation: "replace" | "erase";
  simulated?: boolean;
  user?: string;
  metadata: Record<string, string>;
  createdAt: string;
  deadlineAt: string;
  finishedAt?: string;
  cancelRequested?: boolean;
  attempts: number;
  waiting?: { reason: string; until: string };
  /** Models that were left or passed over, and why. */
  tried?: { model: string; outcome: "refused" | "failed" | "skipped"; code: string; reason: string; at: string }[];
  /** The picture as it stands, of models that show one. */
  preview?: { url: string };
  results: JobResult[];
  warnings: string[];
  cost: {
    currency: "USD";
    estimateMicroUsd: number;
    amountMicroUsd: number;
    state: "reserved" | "settled" | "refunded" | "unreconciled";
    usage?: Record<string, number>;
  };
  error?: Problem;
  [more: string]: unknown;
}

/** What an edit is asked for, beside its pictures. */
export interface EditOptions {
  /** A model's id or short name; or several, to be tried in this order. */
  model: string | string[];
  /** Default `replace`. */
  operation?: "replace" | "erase";
  prompt?: string;
  negativePrompt?: string;
  n?: number;
  size?: { width: number; height: number };
  seed?: number;
  strength?: number;
  guidanceScale?: number;
  steps?: number;
  quality?: string;
  outputFormat?: "png" | "jpeg" | "webp";
  outputQuality?: number;
  edit?: {
    crop?: "auto" | "off";
    padding?: number;
    feather?: number;
    grow?: number;
    /** What the mask means; default `white` = edit. */
    maskConvention?: "white" | "black" | "alpha" | "painted";
  };
  deadlineSeconds?: number;
  providerOptions?: Record<string, string | number | boolean | string[]>;
  fallback?: { dropOptions?: boolean };
  webhook?: string;
  metadata?: Record<string, string>;
  /** Your app's end user. */
  user?: string;
}

/** An uploaded picture, or a result of an earlier job. */
export type ImageReference = string | { job: string; result?: number };

export interface InpaintRequest extends EditOptions {
  image: ImageReference;
  /** An uploaded picture's id. */
  mask: string;
}

export interface UploadRequest {
  purpose?: "image" | "mask";
  contentType: string;
  contentLength: number;
  /** Hex. */
  sha256?: string;
  user?: string;
}

export interface SignedUpload {
  id: string;
  method: "PUT";
  url: string;
  /** To be sent exactly so. */
  headers: Record<string, string>;
  expiresAt: string;
}

export interface UploadState {
  id: string;
  status: "pending" | "expired" | "received";
  [more: string]: unknown;
}

export interface Estimate {
  object: "estimate";
  model: string;
  n: number;
  currency: "USD";
  amountMicroUsd: number;
  perResultMicroUsd: number;
  source: string;
  asOf: string;
  warnings: string[];
}

/** A model, or a short name (then `alias` says what it stands for). */
export interface Model {
  id: string;
  object: "model";
  owned_by: string;
  available: boolean;
  unavailableBecause?: string;
  alias?: { models: string[]; now?: string };
  shutdownAt?: string;
  successor?: string;
  [more: string]: unknown;
}

/** Of one kind, for one while. */
export interface Limit {
  scope: "tenant" | "key" | "user" | "token";
  unit: "microUsd" | "jobs" | "uploads" | "requests";
  period: "total" | "month" | "day" | "minute" | "token";
  limit: number;
  used: number;
  left: number;
  /** Absent: never. */
  resetsAt?: string;
}

/** Whoever asks. */
export interface Me {
  kind: "key" | "token";
  tenant: string;
  key: string;
  scopes: ("edit" | "read" | "tokens" | "admin")[];
  /** Every limit that is in force. */
  limits: Limit[];
  /** Of a token, as the three below. */
  user?: string;
  /** Nothing more is made for this user. */
  blocked?: boolean;
  expiresAt?: string;
  /** What its edits may ask for; absent = every model. */
  models?: string[];
}
