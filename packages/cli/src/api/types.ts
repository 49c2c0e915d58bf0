import type { InpaintInput, JobView, ModelRecord, Problem } from "@infill/core";

export type { JobView, Problem };

export type ResultView = JobView["results"][number];

/** A model as `GET /v1/models` shows it. */
export type ModelView = Omit<ModelRecord, "provider"> & {
  owned_by: string;
  available: boolean;
  unavailableBecause?: string;
};

export interface JobPage {
  object: "list";
  data: JobView[];
  hasMore: boolean;
  /** Cursor of the next page. */
  next?: string;
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
