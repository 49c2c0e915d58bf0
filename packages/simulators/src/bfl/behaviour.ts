import type { LinkFault } from "../files.ts";
import type { Answer } from "../server.ts";
import { json } from "../server.ts";

/** How one submit, and the task that it makes, are treated. */
export interface BflBehaviour {
  /**
   * Where `polling_url` leads: here (default), to a regional host of the vendor's, elsewhere, or nowhere –
   * the documented answer where a webhook was asked for.
   */
  answer?: "own" | "regional" | "foreign" | "none";
  /** Refuses the submit; takes nothing. */
  refuse?: BflRefusal;
  /** The state that the task ends in. Default `Ready`. */
  outcome?: "Ready" | "Request Moderated" | "Content Moderated" | "Error" | "Task not found";
  /** Default 2; `Infinity` waits for `release(id)`. */
  takesSeconds?: number;
  /** What the result's link does. Default `ok`. */
  links?: LinkFault;
}

const detail = (status: number, words: unknown, headers?: Record<string, string>): Answer =>
  json({ detail: words }, status, headers);

/** The documented statuses. Their bodies are FastAPI's; the sentences are not documented. */
export const BFL_REFUSALS = {
  "bad-request": detail(400, "Bad request"),
  "invalid-key": detail(401, "Invalid API key"),
  "no-credits": detail(402, "Insufficient credits. You need credits to use this endpoint."),
  forbidden: detail(403, "Not authenticated"),
  unprocessable: detail(422, [
    { loc: ["body", "steps"], msg: "Input should be less than or equal to 50", type: "less_than_equal" },
  ]),
  "rate-limit": detail(429, "Rate limit exceeded: too many concurrent tasks", { "retry-after": "5" }),
  "server-error": detail(500, "Internal Server Error"),
  unavailable: detail(503, "Service Unavailable"),
} as const satisfies Record<string, Answer>;
export type BflRefusal = keyof typeof BFL_REFUSALS;
