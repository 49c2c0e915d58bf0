import { type Answer, json } from "../server.ts";

/** Why a request was not taken: the vendor's error object, and its HTTP status. */
export interface OpenAiRefusal {
  status: number;
  message: string;
  type: string;
  code: string | null;
  param?: string;
  headers?: Readonly<Record<string, string>>;
}

const invalid = (code: string | null, message: string, param?: string): OpenAiRefusal => ({
  status: 400,
  type: "invalid_request_error",
  code,
  message,
  ...(param === undefined ? {} : { param }),
});

export const missing = (param: string) =>
  invalid("missing_required_parameter", `Missing required parameter: '${param}'.`, param);

export const unknownParameter = (param: string) =>
  invalid("unknown_parameter", `Unknown parameter: '${param}'.`, param);

/** @param allowed in words */
export const invalidValue = (param: string, value: string, allowed: string) =>
  invalid("invalid_value", `Invalid value: '${value}'. Supported values are: ${allowed}.`, param);

export const invalidImage = (param: string, message: string) => invalid("invalid_image_file", message, param);

export const noSuchModel = (model: string): OpenAiRefusal => ({
  status: 404,
  type: "invalid_request_error",
  code: "model_not_found",
  message: `The model '${model}' does not exist or you do not have access to it.`,
  param: "model",
});

export const REFUSALS = {
  "invalid-key": {
    status: 401,
    type: "invalid_request_error",
    code: "invalid_api_key",
    message: "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
  },
  forbidden: {
    status: 403,
    type: "invalid_request_error",
    code: null,
    message: "Your organization must be verified to use this model.",
  },
  "no-such-model": noSuchModel("gpt-image-0"),
  "bad-request": invalid(null, "The request is not valid."),
  moderation: {
    status: 400,
    type: "image_generation_user_error",
    code: "moderation_blocked",
    message: "Your request was rejected by the safety system.",
  },
  /** The same without its code. */
  "moderation-bare": {
    status: 400,
    type: "image_generation_user_error",
    code: null,
    message: "Your request was rejected by the safety system.",
  },
  "rate-limit": {
    status: 429,
    type: "requests",
    code: "rate_limit_exceeded",
    message: "Rate limit reached for images per min. Please try again in 12s.",
    headers: { "retry-after": "12", "retry-after-ms": "11500", "x-should-retry": "true" },
  },
  "no-quota": {
    status: 429,
    type: "insufficient_quota",
    code: "insufficient_quota",
    message: "You exceeded your current quota, please check your plan and billing details.",
    headers: { "x-should-retry": "false" },
  },
  "no-budget": {
    status: 400,
    type: "invalid_request_error",
    code: "billing_hard_limit_reached",
    message: "Billing hard limit has been reached",
  },
  "server-error": {
    status: 500,
    type: "server_error",
    code: null,
    message: "The server had an error while processing your request.",
    headers: { "x-should-retry": "true" },
  },
  overloaded: {
    status: 503,
    type: "server_error",
    code: null,
    message: "The engine is currently overloaded, please try again later.",
    headers: { "x-should-retry": "true" },
  },
} as const satisfies Record<string, OpenAiRefusal>;

export type OpenAiRefusalName = keyof typeof REFUSALS;

export const errorBody = ({ message, type, code, param = undefined }: OpenAiRefusal) => ({
  message,
  type,
  param: param ?? null,
  code,
});

export const refusalAnswer = (refusal: OpenAiRefusal, headers: Record<string, string>): Answer =>
  json({ error: errorBody(refusal) }, refusal.status, { ...headers, ...refusal.headers });
