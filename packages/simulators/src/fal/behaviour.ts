import type { LinkFault } from "../files.ts";
import { type Answer, json } from "../server.ts";

/** How one submit, and the work that it makes, are treated. */
export interface FalBehaviour {
  /** Where the addresses of the answer lead: here (default), or to somebody who collects keys. */
  answer?: "own" | "foreign";
  /** Refuses the submit; takes nothing. */
  refuse?: FalRefusal;
  /**
   * How the work ends; default `ok`.
   * - `nsfw`: every picture is flagged, and black; `first-nsfw`: the first one is
   * - `content-policy`, `invalid`: 422 in place of the result
   * - `runner-error`: the platform's own error, `error_type` and all, with `error` in the status
   */
  outcome?: "ok" | "nsfw" | "first-nsfw" | "content-policy" | "invalid" | "runner-error";
  /** Default 2; `Infinity` waits for `release(id)`. */
  takesSeconds?: number;
  /** What the results' links do. Default `ok`. */
  links?: LinkFault;
}

const detail = (status: number, words: unknown, headers?: Record<string, string>): Answer =>
  json({ detail: words }, status, headers);

export const CONTENT_POLICY = detail(422, [
  {
    loc: ["body", "prompt"],
    msg: "The content was flagged by a content checker.",
    type: "content_policy_violation",
    url: "https://docs.fal.ai/errors#content_policy_violation",
    input: "the flagged input",
  },
]);

export const INVALID = detail(422, [{ loc: ["body", "prompt"], msg: "field required", type: "value_error.missing" }]);

/** As a runner's exception tells it, with what it was working on. */
export const runnerError = (prompt: string): Answer =>
  json({ detail: `The runner failed on the input: ${prompt}`, error_type: "runner_server_error" }, 500, {
    "x-fal-error-type": "runner_server_error",
  });

/** The locks are as users of the vendor report them; the other sentences are not documented. */
export const FAL_REFUSALS = {
  "bad-request": detail(400, "Bad request"),
  "invalid-key": detail(401, "Cannot access application. Authentication is required to access this application."),
  "no-balance": detail(
    403,
    "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.",
  ),
  "admin-lock": detail(403, "User is locked. Reason: Admin lock. Please contact support@fal.ai"),
  "not-found": detail(404, "Application not found"),
  invalid: INVALID,
  "content-policy": CONTENT_POLICY,
  "rate-limit": detail(429, "Too many requests", { "retry-after": "5" }),
  "server-error": detail(500, "Internal Server Error"),
  unavailable: detail(503, "Service Unavailable"),
} as const satisfies Record<string, Answer>;
export type FalRefusal = keyof typeof FAL_REFUSALS;
