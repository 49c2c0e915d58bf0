import { type ErrorCode, type ErrorRecord, InfillError, type Log } from "@infill/core";
import type { Context, ErrorHandler } from "hono";
import { HTTPException } from "hono/http-exception";

/** An error's body (https://platform.openai.com/docs/guides/error-codes). */
export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

interface Kind {
  status?: number;
  type: string;
  code: string | null;
}

const INVALID = "invalid_request_error";
/** What OpenAI says where we say one of ours. Without a status it is our own, and 400 for its 422. */
const KINDS: Record<ErrorCode, Kind> = {
  invalid_request: { type: INVALID, code: "invalid_value" },
  unsupported_option: { type: INVALID, code: "unsupported_parameter" },
  not_found: { type: INVALID, code: "not_found" },
  unauthorized: { type: INVALID, code: "invalid_api_key" },
  forbidden: { type: INVALID, code: "forbidden" },
  idempotency_mismatch: { type: INVALID, code: "idempotency_mismatch" },
  budget_exceeded: { status: 429, type: "insufficient_quota", code: "insufficient_quota" },
  rate_limited: { type: "requests", code: "rate_limit_exceeded" },
  asset_missing: { type: INVALID, code: "file_not_found" },
  asset_invalid: { type: INVALID, code: "invalid_image_file" },
  mask_mismatch: { type: INVALID, code: "invalid_image_file" },
  content_rejected: { type: "image_generation_user_error", code: "moderation_blocked" },
  provider_rejected: { type: "server_error", code: "provider_rejected" },
  provider_unavailable: { type: "server_error", code: "provider_unavailable" },
  outcome_unknown: { type: "server_error", code: "outcome_unknown" },
  canceled: { type: INVALID, code: "canceled" },
  internal: { type: "server_error", code: "internal" },
};
const NO_SUCH_MODEL: Kind = { status: 404, type: INVALID, code: "model_not_found" };

/** Our names of what OpenAI calls otherwise. */
const PARAMS = new Map([
  ["outputFormat", "output_format"],
  ["outputQuality", "output_compression"],
]);

function kindOf({ code, options }: InfillError): Kind {
  const aboutModel = options.pointer === "/model" && (code === "unsupported_option" || code === "not_found");
  return aboutModel ? NO_SUCH_MODEL : KINDS[code];
}

/** `/images/0/file_id` → `images`; a header or nothing → null. */
function paramOf(pointer: string | undefined): string | null {
  const [, name] = pointer?.split("/") ?? [];
  return name ? (PARAMS.get(name) ?? name) : null;
}

export function toBody(error: InfillError): ErrorBody {
  const { type, code } = kindOf(error);
  const param = paramOf(error.options.pointer);
  const { pointer = "" } = error.options;
  const message =
    error.message.startsWith(`${pointer}: `) && param !== null
      ? `${param}: ${error.message.slice(pointer.length + 2)}`
      : error.message;
  return { error: { message, type, param, code } };
}

const statusOf = (error: InfillError): number => kindOf(error).status ?? (error.status === 422 ? 400 : error.status);

/** `x-should-retry` is heeded by OpenAI's own clients, over their own rules. */
export function errorHeaders(error: InfillError): Record<string, string> {
  const { retryAfterSeconds } = error.options;
  return {
    "content-type": "application/json",
    "x-should-retry": String(error.retryable),
    ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterSeconds)) }),
  };
}

export const answerError = (
  c: Context,
  error: InfillError,
  body: string | ReadableStream = JSON.stringify(toBody(error)),
): Response => c.body(body, statusOf(error) as 400, errorHeaders(error));

/** A failed job's error, as if it had been thrown here. */
export const errorOf = ({ code, message, retryable, pointer }: ErrorRecord): InfillError =>
  new InfillError(code, message, { retryable, ...(pointer === undefined ? {} : { pointer }) });

/** What a caller is told of anything that was thrown; what nobody foresaw is logged, and says nothing of itself. */
export function knownError(log: Log, requestId: string, error: Error): InfillError {
  if (error instanceof InfillError) {
    if (error.status >= 500) log.error("request failed", { requestId, code: error.code, error: error.message });
    return error;
  }
  if (error instanceof HTTPException && error.status < 500)
    return new InfillError("invalid_request", error.message, { status: error.status });
  log.error("request failed", { requestId, error: error.name, at: error.stack?.split("\n")[1]?.trim() });
  return new InfillError("internal", "Something broke on our side; the log has it under x-request-id");
}

/** Hono's error handler: everything in OpenAI's shape. */
export const onError =
  (log: Log): ErrorHandler =>
  (error, c) =>
    answerError(c, knownError(log, c.get("requestId"), error));

/** The event that a stream ends with when its edit fails. */
export const errorEvent = (error: InfillError): string =>
  `event: error\ndata: ${JSON.stringify({ type: "error", ...toBody(error) })}\n\n`;
