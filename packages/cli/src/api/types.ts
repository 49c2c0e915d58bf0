import type { EndpointView, Estimate, EventView, InpaintInput, JobView, ModelRecord, Problem } from "@infill/core";

export type { EndpointView, Estimate, EventView, JobView, Problem };

export type ResultView = JobView["results"][number];

/** A model as `GET /v1/models` shows it. */
export type ModelView = Omit<ModelRecord, "provider"> & {
  owned_by: string;
  available: boolean;
  unavailableBecause?: string;
};

/** A short name, the models it may stand for, and the one that it stands for now. */
export interface AliasView {
  id: string;
  owned_by: string;
  available: boolean;
  unavailableBecause?: string;
  alias: { models: readonly string[]; now?: string };
}

export type ListedModel = ModelView | AliasView;

export const isAlias = (model: ListedModel): model is AliasView => "alias" in model;
export const isModel = (model: ListedModel): model is ModelView => !isAlias(model);

export interface JobPage {
  object: "list";
  data: JobView[];
  hasMore: boolean;
  /** Cursor of the next page. */
  next?: string;
}

export interface EventPage {
  object: "list";
  data: EventView[];
  hasMore: boolean;
  /** What comes after, now or later. */
  next: string;
}

/** An endpoint whose secret was just made: shown this once. */
export type NewEndpoint = EndpointView & { secret: string };

/** `whsec_…`, the newest first: what signs to the webhooks that the tenant's jobs name. */
export interface WebhookSecrets {
  object: "webhook_secret";
  secrets: string[];
}

/** How far the erasing of an end user has come. */
export interface UserDeletion {
  /** Nothing of theirs is left. */
  deleted: boolean;
  jobs: { erased: number; pending: number };
}

/** Whether anything is made for an end user. */
export interface UserBlock {
  user: string;
  blocked: boolean;
  blockedAt?: string;
}

/** What `POST /v1/uploads` is asked to sign. */
export interface UploadWish {
  purpose: "image" | "mask";
  contentType: string;
  /** Bytes. */
  contentLength: number;
  /** Hex SHA-256 of the bytes: storage refuses anything else. */
  sha256: string;
}

/** Where to PUT the bytes, with exactly these headers. */
export interface SignedUpload {
  id: string;
  method: "PUT";
  url: string;
  headers: Record<string, string>;
  expiresAt: string;
}

export interface UploadState {
  id: string;
  status: "pending" | "expired" | "received";
}

/** `POST /v1/inpaint`: what the flags of `infill edit` become. Ranges and defaults are the server's. */
export type InpaintBody = InpaintInput;

/** `POST /v1/inpaint/estimate`: the same, without its pictures. */
export type EstimateBody = Omit<InpaintBody, "image" | "mask">;

/** Jobs and money; micro-USD. */
interface Sums {
  jobs: { succeeded: number; failed: number; canceled: number };
  settledMicroUsd: number;
  refundedMicroUsd: number;
  unreconciledMicroUsd: number;
}

/** What a tenant uses. */
export interface Usage {
  by: string;
  data: (Sums & { name: string | null })[];
  total: Sums;
}

/** Jobs that may have been charged. */
export interface UnreconciledList {
  data: { day: string; job: string; model: string; amountMicroUsd: number; providerJobId?: string }[];
}
