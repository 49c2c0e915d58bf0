import { type ErrorCode, InfillError, type Job } from "@infill/core";
import type { Context, ErrorHandler } from "hono";
import type { CompatDeps } from "../context.ts";
import { errorOf, knownError } from "../openai/errors.ts";

/** An error's body, as 1min.ai writes it; `details` is JSON in a string. */
interface ErrorBody {
  errorCode: string;
  message: string;
  details?: string;
}

/** What the platform says where we say one of ours; without a word of its own it names the service behind it. */
const CODES: Partial<Record<ErrorCode, string>> = {
  unauthorized: "INVALID_AUTH_TOKEN",
  budget_exceeded: "INSUFFICIENT_CREDITS",
  rate_limited: "RATE_LIMIT_EXCEEDED",
  internal: "UNKNOWN_ERROR",
  outcome_unknown: "UNKNOWN_ERROR",
};

/**
 * The status of the service behind, where the platform answers 400 whatever that was: its clients try again
 * unless it is a 4xx, so only what a retry can help has another.
 */
const nestedStatus = ({ retryable }: InfillError): number => (retryable ? 503 : 400);

/** Our names of what the format calls otherwise. */
const THEIRS: Readonly<Record<string, string>> = {
  negativePrompt: "negative_prompt",
  outputFormat: "output_format",
  outputQuality: "output_compression",
  renderingSpeed: "rendering_speed",
  magicPrompt: "magic_prompt",
  styleType: "style_type",
  stylePreset: "style_preset",
  styleReferenceImages: "style_reference_images",
  characterReferenceImages: "character_reference_images",
  image: "imageUrl",
  mask: "maskUrl",
};
const OUR_OPTIONS = new RegExp(
  `\\b(${Object.keys(THEIRS)
    .filter((name) => /[A-Z]/.test(name))
    .join("|")})\\b`,
  "g",
);

/** `/providerOptions/styleType: takes …` → `style_type: takes …`. */
function inTheirWords({ message, options: { pointer = "" } }: InfillError): string {
  const [name = ""] = pointer.split("/").filter((part) => part !== "" && part !== "providerOptions");
  const named =
    name !== "" && message.startsWith(`${pointer}: `)
      ? `${THEIRS[name] ?? name}: ${message.slice(pointer.length + 2)}`
      : message;
  return named.replace(OUR_OPTIONS, (ours) => THEIRS[ours] ?? ours);
}

/** A field that must be there and is not. */
export class MissingFields extends InfillError {
  readonly fields: readonly string[];

  constructor(fields: readonly string[]) {
    super("invalid_request", `Missing required fields: ${fields.join(", ")}`);
    this.fields = fields;
  }
}

export function toBody(error: InfillError): ErrorBody {
  const { code, options } = error;
  const message = inTheirWords(error);
  if (error instanceof MissingFields) {
    const details = error.fields.map((field) => ({ field, message: `${field} is required` }));
    return { errorCode: "MISSING_REQUIRED_FIELDS", message, details: JSON.stringify(details) };
  }
  if (options.pointer === "/model" && code === "unsupported_option") return { errorCode: "UNSUPPORTED_MODEL", message };
  const errorCode = CODES[code];
  if (errorCode !== undefined) return { errorCode, message };
  const moderated = code === "content_rejected" ? { code: "moderation_blocked" } : { code };
  const nested = { response: { status: nestedStatus(error), data: { error: { message, ...moderated } } } };
  return { errorCode: "EXTERNAL_API_RESPONSE_WITH_ERROR", message, details: JSON.stringify(nested) };
}

/** Statuses that the platform has words for; everything else is its 400. */
const REAL_STATUSES = new Set([401, 402, 404, 405, 413, 415, 429]);
/** And those that any HTTP client may take for leave to try again: only where that can help, and costs nothing twice. */
const RETRIED_STATUSES = new Set([500, 504]);

export const statusOf = ({ status, retryable }: InfillError): number =>
  REAL_STATUSES.has(status) || (retryable && RETRIED_STATUSES.has(status)) ? status : 400;

export function answerError(c: Context, error: InfillError): Response {
  const { retryAfterSeconds } = error.options;
  if (retryAfterSeconds !== undefined) c.header("retry-after", String(Math.ceil(retryAfterSeconds)));
  return c.json(toBody(error), statusOf(error) as 400);
}

/**
 * Why a job has come to nothing; `undefined` of one that has not. The format's clients do not say that they are
 * retrying, so once they were told, asking again is a new edit: that it can help is said where this one was free.
 */
export function failureOf({
  error,
  status,
  settlement,
}: Pick<Job, "error" | "status" | "settlement">): InfillError | undefined {
  if (error !== undefined) return errorOf({ ...error, retryable: error.retryable && settlement.state === "refunded" });
  return status === "canceled" ? new InfillError("canceled", "The edit was canceled") : undefined;
}

/** Hono's error handler: everything in 1min.ai's shape. */
export const onError =
  ({ log }: Pick<CompatDeps, "log">): ErrorHandler =>
  (error, c) =>
    answerError(c, knownError(log, c.get("requestId"), error));
