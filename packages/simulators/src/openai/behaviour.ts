import type { RuleOf } from "../rulebook.ts";
import type { OpenAiRefusal, OpenAiRefusalName } from "./refusals.ts";

/** How one edit is treated. */
export interface OpenAiBehaviour {
  /** `success` (default), or a reset before the body is read, which takes nothing (cannot be combined with `when`). */
  answer?: "success" | "reset-unread";
  /** Refuses the edit; takes nothing. A name of the table in `refusals.ts`, or one's own. */
  refuse?: OpenAiRefusalName | OpenAiRefusal;
  /** In a stream, the refusal comes as an `error` event under 200, before any picture. Default false: as any other. */
  refuseInStream?: boolean;
  /**
   * What becomes of a stream; default `completed`. `moderated`, `failed`: an `error` event after the first partial
   * picture. `cut-short`: it ends there, orderly, without another word. One answer without a stream is never so.
   */
  stream?: "completed" | "moderated" | "failed" | "cut-short";
  /** Between two events of a stream. Default 0. */
  secondsBetween?: number;
  /** Whether `usage` is told: `full` (default), `coarse` – without its details – or not at all. */
  usage?: "full" | "coarse" | "absent";
}

export type OpenAiRule = RuleOf<OpenAiBehaviour>;
