import type { ProviderFailure } from "./errors.ts";
import type { ContentType, Size } from "./image.ts";
import type { ModelRecord } from "./model.ts";

/** A picture for a provider: an adapter asks for the form its vendor wants. Always PNG. */
export interface ProviderImage {
  /** A presigned GET that outlives the job's deadline. */
  url(): Promise<string>;
  bytes(): Promise<Uint8Array>;
}

/** A picture of the caller's own that an option names, as it was uploaded. */
export interface ProviderReference extends ProviderImage {
  contentType: ContentType;
}

/** One edit as a provider adapter sees it: canonical words, pictures already in the model's own mask convention. */
export interface ProviderRequest {
  jobId: string;
  /** Grows with each attempt of the job's: another exists only when the one before was certainly not accepted, or is known to have failed. */
  attempt: number;
  model: string;
  operation: "replace" | "erase";
  prompt?: string;
  negativePrompt?: string;
  n: number;
  seed?: number;
  strength?: number;
  guidanceScale?: number;
  steps?: number;
  quality?: string;
  providerOptions: Record<string, unknown>;
  /** The pictures that options of the type `assets` name, by option. */
  references?: Readonly<Record<string, readonly ProviderReference[]>>;
  /** Both pictures' size in px. */
  size: Size;
  image: ProviderImage;
  mask: ProviderImage;
  /** The end user whom it is for, by a name that tells nobody who they are; absent where the request names none. */
  endUser?: string;
  /** Where the provider may call back; absent where Infill cannot be reached from outside over https. */
  callbackUrl?: string;
}

/** The provider's own name for accepted work. Opaque to everyone but the adapter. */
export interface ProviderJob {
  id: string;
  /** What else the adapter needs to ask for the result: JSON, no secret, no signed URL. */
  [detail: string]: string | number | boolean;
}

/** A finished picture that is read only when it is wanted: bytes, a data URI, or a guarded download. */
export interface ProviderOutput {
  read(signal: AbortSignal): Promise<Uint8Array>;
}

/** What the provider says that the work took. */
export interface ProviderUsage {
  /** In the vendor's own units, by its own names: `output_tokens`. */
  units?: Readonly<Record<string, number>>;
  /** Micro-USD, where the answer itself tells. */
  costMicroUsd?: number;
}

export type SubmitOutcome =
  | { state: "accepted"; job: ProviderJob; etaSeconds?: number }
  | { state: "succeeded"; job?: ProviderJob; outputs: ProviderOutput[]; usage?: ProviderUsage };

export type PollOutcome =
  | { state: "processing"; etaSeconds?: number; progress?: number }
  | { state: "succeeded"; outputs: ProviderOutput[]; usage?: ProviderUsage }
  | { state: "failed"; failure: ProviderFailure };

/** What a callback claims. A hint, never the truth: the workflow asks the provider itself. */
export interface CallbackHint {
  state: "processing" | "succeeded" | "failed" | "unknown";
  /** The provider's id for the work, when the callback names one. */
  job?: ProviderJob;
}

export interface ProviderCall {
  signal: AbortSignal;
  /** 0–1, as often as the adapter likes; with the picture as it stands, where the vendor shows it. */
  onProgress?: (progress: number, preview?: Uint8Array) => void;
}

/** A question about accepted work. */
export interface ProviderQuestion {
  signal: AbortSignal;
  /** What the caller wrote: it must not come back in a failure's words. */
  hide: readonly string[];
}

/** A callback as it came in. */
export interface Callback {
  /** Parsed JSON, anything at all. */
  body: unknown;
  /** The body as it was received, to the byte: what a signature is over. */
  bytes: Uint8Array;
  /** What it was signed with, by names in lower case. */
  headers: Readonly<Record<string, string>>;
  jobId: string;
  /** ms since the epoch. */
  receivedAt: number;
}

/**
 * One vendor. Adapters convert words and shapes and report what happened; they never retry a submit,
 * never guess, and never see the caller's original photo.
 */
export interface Provider {
  readonly name: string;
  readonly models: readonly ModelRecord[];
  /** Answers come from a simulator and say so. */
  readonly simulated?: boolean;
  /**
   * Sends the work once.
   * @throws ProviderFailure saying whether the provider accepted it
   */
  submit(request: ProviderRequest, call: ProviderCall): Promise<SubmitOutcome>;
  /**
   * Asks how accepted work stands.
   * @throws ProviderFailure when the question itself failed; the work may still be going on
   */
  poll?(job: ProviderJob, question: ProviderQuestion): Promise<PollOutcome>;
  /** Reads a stored callback, leniently; one whose signature is wrong says nothing. Never rejects. */
  readCallback?(callback: Callback): Promise<CallbackHint>;
}
