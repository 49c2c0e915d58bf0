/** How one edit is treated. */
export interface StabilityBehaviour {
  answer?: never;
  /** Refuses the edit; takes nothing. */
  refuse?: StabilityRefusal;
  /** `filtered`: the picture comes blurred, under HTTP 200. */
  outcome?: "success" | "filtered";
}

/** Documented errors. */
export const REFUSALS = {
  "bad-request": { status: 400, name: "bad_request", text: "prompt: it cannot be used" },
  unauthorized: { status: 401, name: "unauthorized", text: "You must provide a valid API key." },
  "no-credit": {
    status: 402,
    name: "payment_required",
    text: "You lack sufficient credits to make this request. Please purchase more at https://platform.stability.ai/account/credits and try again.",
  },
  moderation: {
    status: 403,
    name: "content_moderation",
    text: "Your request was flagged by our content moderation system, as a result your request was denied and you were not charged.",
  },
  forbidden: { status: 403, name: "forbidden", text: "Your key may not use this service." },
  "not-found": { status: 404, name: "not_found", text: "There is nothing at this address." },
  "too-large": { status: 413, name: "payload_too_large", text: "body: payloads cannot be larger than 10MiB in size" },
  language: { status: 422, name: "invalid_language", text: "English is the only supported language." },
  "rate-limit": {
    status: 429,
    name: "rate_limit_exceeded",
    text: "You have made more than 150 requests in 10 seconds.",
  },
  "server-error": { status: 500, name: "internal_error", text: "An unexpected server error has occurred." },
} as const;

export type StabilityRefusal = keyof typeof REFUSALS;
