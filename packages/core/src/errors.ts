/**
 * The closed set of things that can go wrong, each an RFC 9457 problem with a stable `type`.
 *
 * An error carries whether a retry can help and for how long to wait, so that nobody ever matches
 * message text to decide.
 */
export const ERRORS = {
  invalid_request: { status: 400, retryable: false, title: "The request is not valid" },
  unsupported_option: { status: 422, retryable: false, title: "The model or option is not supported" },
  not_found: { status: 404, retryable: false, title: "There is no such thing here" },
  unauthorized: { status: 401, retryable: false, title: "The API key is missing or wrong" },
  forbidden: { status: 403, retryable: false, title: "This is not allowed" },
  idempotency_mismatch: { status: 422, retryable: false, title: "The idempotency key was used for another request" },
  budget_exceeded: { status: 402, retryable: false, title: "The budget does not cover this" },
  rate_limited: { status: 429, retryable: true, title: "Too many requests" },
  asset_missing: { status: 422, retryable: false, title: "The upload is not there" },
  asset_invalid: { status: 422, retryable: false, title: "The upload cannot be used" },
  mask_mismatch: { status: 422, retryable: false, title: "The mask does not fit the photo" },
  content_rejected: { status: 422, retryable: false, title: "The content was refused by moderation" },
  provider_rejected: { status: 502, retryable: false, title: "The provider refused the request" },
  provider_unavailable: { status: 503, retryable: true, title: "The provider cannot be used right now" },
  outcome_unknown: { status: 504, retryable: false, title: "The provider's answer was lost; it may have charged" },
  canceled: { status: 409, retryable: false, title: "The job was canceled" },
  internal: { status: 500, retryable: true, title: "Something broke on our side" },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** How many faults, or other things of a caller's own number, an answer lists at most. */
export const MOST_LISTED = 20;

/** One place in a request that is wrong: a JSON pointer (RFC 6901) and what is allowed there. */
export interface Violation {
  pointer: string;
  detail: string;
}

export interface ErrorOptions {
  /** JSON pointer of the field at fault. */
  pointer?: string;
  /** The fields at fault, when there are several: at most {@link MOST_LISTED}. */
  errors?: Violation[];
  /** Numbers and names a program may want: sizes, limits, allowed values. Never a secret or a prompt. */
  details?: Record<string, unknown>;
  /** Seconds after which a retry can help. */
  retryAfterSeconds?: number;
  /** Overrides the code's own HTTP status, e.g. 413 for an `invalid_request` that is too large. */
  status?: number;
  retryable?: boolean;
  cause?: unknown;
}

/** What is stored on a job and answered over HTTP when something goes wrong. */
export interface ErrorRecord {
  code: ErrorCode;
  message: string;
  retryable: boolean;
  pointer?: string;
  details?: Record<string, unknown>;
}

export class InfillError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly options: ErrorOptions;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "InfillError";
    this.code = code;
    this.status = options.status ?? ERRORS[code].status;
    this.retryable = options.retryable ?? ERRORS[code].retryable;
    this.options = options;
  }

  /** The form that is kept on a job. */
  toRecord(): ErrorRecord {
    const { pointer, details } = this.options;
    return {
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      ...(pointer === undefined ? {} : { pointer }),
      ...(details === undefined ? {} : { details }),
    };
  }
}

/** An RFC 9457 body. `type` is stable: programs switch on it (or on `code`, its last segment). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  retryable: boolean;
  pointer?: string;
  errors?: Violation[];
  [extension: string]: unknown;
}

export const PROBLEM_TYPE_BASE = "urn:infill:problem:";

export function toProblem(error: InfillError): Problem {
  const { pointer, errors, details, retryAfterSeconds } = error.options;
  return {
    ...details,
    type: PROBLEM_TYPE_BASE + error.code,
    title: ERRORS[error.code].title,
    status: error.status,
    detail: error.message,
    code: error.code,
    retryable: error.retryable,
    ...(pointer === undefined ? {} : { pointer }),
    ...(errors === undefined ? {} : { errors }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/**
 * A provider's refusal, as an adapter reports it. What matters for money is not the error but
 * whether the provider took the work:
 *
 * - `accepted: "no"` – certainly not (connect failure, documented rejection): may be sent again.
 * - `accepted: "unknown"` – the answer was lost: must never be sent again by itself.
 * - `accepted: "yes"` – it took the work, and the work failed.
 */
export class ProviderFailure extends InfillError {
  readonly accepted: "no" | "unknown" | "yes";
  /** Whether the failed work is paid for, as far as the vendor documents it. */
  readonly charged: "no" | "unknown" | "yes";

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { accepted: "no" | "unknown" | "yes"; charged?: "no" | "unknown" | "yes" },
  ) {
    super(code, message, options);
    this.name = "ProviderFailure";
    this.accepted = options.accepted;
    this.charged = options.charged ?? (options.accepted === "no" ? "no" : "unknown");
  }
}

/** What a log may say of an error: never its message, in which a vendor may repeat a prompt, or a client an address. */
export const wordFor = (error: unknown): string =>
  error instanceof InfillError ? error.code : error instanceof Error ? error.name : typeof error;
