import { type Answer, html, json } from "../server.ts";

/** A maker's error as the platform passes it on: busy, it says, whatever it was. */
export const upstream = (status: number | undefined, data?: unknown): Answer =>
  json(
    {
      errorCode: "EXTERNAL_API_RESPONSE_WITH_ERROR",
      message: "The service is a bit busy at the moment. Please try again later.",
      details: JSON.stringify({ response: { ...(status === undefined ? {} : { status }), data } }),
    },
    400,
  );

/** `details` is a string of JSON. */
export const missingFields = (details: readonly { field: string; message: string }[]): Answer =>
  json(
    {
      errorCode: "MISSING_REQUIRED_FIELDS",
      message: "Some required fields are missing.",
      details: JSON.stringify(details),
    },
    400,
  );

export const unsupportedModel = (model: unknown): Answer =>
  json({ errorCode: "UNSUPPORTED_MODEL", message: `Model ${String(model)} is not supported.` }, 400);

export const badToken = (): Answer =>
  json({ errorCode: "INVALID_AUTH_TOKEN", message: "The API key is not valid." }, 401);

/** Answers that can be asked for by name; those of an empty account and of haste are not established, but by status. */
export const REFUSALS = {
  "bad-token": badToken,
  "missing-fields": () => missingFields([{ field: "prompt", message: "prompt is required" }]),
  "unsupported-model": () => unsupportedModel("gpt-image-0"),
  "upstream-400": () => upstream(400, { error: { message: "Invalid size" } }),
  "upstream-401": () => upstream(401, { error: { message: "Incorrect API key provided" } }),
  "upstream-402": () => upstream(402),
  "upstream-403": () => upstream(403),
  "upstream-429": () => upstream(429),
  "upstream-500": () => upstream(500),
  "upstream-silent": () => upstream(undefined),
  // what `details` holds but the status is not documented; this is OpenAI's own body
  moderated: () => upstream(400, { error: { message: "Your request was rejected.", code: "moderation_blocked" } }),
  "moderated-by-policy": () => upstream(400, { error: { message: "Not allowed.", code: "content_policy_violation" } }),
  unknown: () => json({ errorCode: "UNKNOWN_ERROR", message: "Something went wrong." }, 400),
  "no-code": () => json({ message: "Bad Request" }, 400),
  "no-credit": () => json({ message: "Payment required" }, 402),
  "no-credit-in-words": () => json({ errorCode: "INSUFFICIENT_CREDITS", message: "Not enough credits." }, 400),
  "rate-limit": () => json({ message: "Too many requests" }, 429, { "retry-after": "9" }),
  "rate-limit-in-words": () => json({ errorCode: "RATE_LIMIT_EXCEEDED", message: "Rate limit exceeded." }, 400),
  unavailable: () => html(503, "Service Unavailable"),
  "timed-out": () => html(522, "Connection timed out"),
} as const satisfies Record<string, () => Answer>;

export type RefusalName = keyof typeof REFUSALS;
