import { type Answer, json } from "../server.ts";

/** Why a request was not taken. */
export interface Refusal {
  /** The HTTP status that the newer documentation gives it. */
  code: 400 | 401 | 402 | 403 | 429 | 500 | 503;
  /** One sentence a field, as the vendor's validator writes them; a fault of no field has a plain sentence. */
  reason: string | Record<string, string[]>;
  /** Seconds; sent with a 429, also as the moment in `X-RateLimit-Reset`. */
  retryAfterSeconds?: number;
  /** The shape this refusal is always seen in, unless a test asks for another. */
  usualShape?: ErrorShape;
}

/**
 * How an error is written. `message`: a sentence. `object`: `{field: [sentence]}`. `messege`: the older spelling, with a
 * `tip` beside it. `failed`: `{status:"failed", id:"", message, output:""}`.
 */
export type ErrorShape = "message" | "object" | "messege" | "failed";

/**
 * Which HTTP status carries an error. `mixed`: 429 for rate limits, 200 for the rest, as the documentation mixes them.
 * `ok`: always 200, as older bodies do. `real`: always the error's own code.
 */
export type ErrorStatus = "mixed" | "ok" | "real";

export interface ErrorStyle {
  shape: ErrorShape | undefined;
  status: ErrorStatus;
}

export const REFUSALS = {
  "try-again": { code: 503, reason: "Failed, Try Again", usualShape: "failed" },
  "rate-limit": {
    code: 429,
    reason: "Rate limit exceeded. Maximum 5 queued requests allowed.",
    retryAfterSeconds: 30,
  },
  "invalid-key": { code: 401, reason: { key: ["Invalid Api Key"] } },
  "no-credit": { code: 402, reason: "You have insufficient credits. Please upgrade your plan." },
  forbidden: { code: 403, reason: "Your plan does not include this endpoint." },
  "bad-request": { code: 400, reason: { prompt: ["The prompt field is required."] } },
  "server-error": { code: 500, reason: "Server error, please try again later." },
  unavailable: { code: 503, reason: "The service is unavailable." },
} as const satisfies Record<string, Refusal>;

export type RefusalName = keyof typeof REFUSALS;

export function refusalAnswer(refusal: Refusal, style: ErrorStyle, now: number): Answer {
  const { code, reason, retryAfterSeconds } = refusal;
  const real = style.status === "real" || (style.status === "mixed" && code === 429);
  const wait = retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds };
  const headers: Record<string, string> =
    real && retryAfterSeconds !== undefined
      ? { "x-ratelimit-reset": String(Math.ceil(now / 1000) + retryAfterSeconds) }
      : {};
  const body = errorBody(style.shape ?? refusal.usualShape ?? "message", reason);
  return json({ ...body, ...wait }, real ? code : 200, headers);
}

function errorBody(shape: ErrorShape, reason: Refusal["reason"]): Record<string, unknown> {
  const sentence = typeof reason === "string" ? reason : (Object.values(reason)[0]?.[0] ?? "Invalid request");
  switch (shape) {
    case "message":
      return { status: "error", message: sentence };
    case "object":
      return { status: "error", message: reason };
    case "messege":
      return { status: "error", messege: sentence, tip: "Check the parameters of your request." };
    case "failed":
      return { status: "failed", id: "", message: sentence, output: "" };
  }
}
