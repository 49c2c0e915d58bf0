import type { LinkFault } from "../files.ts";
import type { RuleOf } from "../rulebook.ts";
import { type Answer, json } from "../server.ts";

/** How one submit is treated. Everything left out is as a good day has it. */
export interface IdeogramBehaviour {
  /**
   * What comes of the work; all of it is billed.
   * - `safe` (default): every picture
   * - `unsafe`: every picture withheld by the safety check, with 200 all the same
   * - `first-unsafe`: the first one only
   * - `empty`: no picture at all
   */
  answer?: "safe" | "unsafe" | "first-unsafe" | "empty";
  /** Refuses the submit; takes nothing. */
  refuse?: IdeogramRefusal;
  /** How the pictures' links fail. */
  links?: LinkFault;
}

export type IdeogramRule = RuleOf<IdeogramBehaviour>;

/** 401, 402, 422 and 429 look so by the reference; of a 400 it says "any type", so there are several. */
export const REFUSALS = {
  "bad-request": () => json({ error: "Invalid input provided" }, 400),
  "bad-request-detail": () => json({ detail: [{ loc: ["body", "prompt"], msg: "field required" }] }, 400),
  "bad-request-bare": () => json("Invalid input provided", 400),
  "invalid-key": () => json({ error: "Not authorized to generate an image." }, 401),
  "no-funds": () => json({ error: "Not enough balance", reject_reason: "insufficient_funds" }, 402),
  "daily-limit": () => json({ error: "Daily limit reached", reject_reason: "daily_limit" }, 402),
  "no-access": () => json({ error: "No access to this model" }, 403),
  "unsafe-prompt": () => json({ error: "Prompt or provided image failed the safety checks" }, 422),
  "inflight-limit": () =>
    json({ error: "Too many images in progress", reject_reason: "inflight_limit", max_inflight_requests: 10 }, 429),
  "server-error": () => json({ error: "Internal server error" }, 500),
  unavailable: () => json({ error: "Service unavailable" }, 503),
} as const satisfies Record<string, () => Answer>;

export type IdeogramRefusal = keyof typeof REFUSALS;
