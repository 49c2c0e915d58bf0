import type { LinkFault } from "../files.ts";
import type { RulebookOf, RuleOf } from "../rulebook.ts";
import type { CallbackPlan } from "./callbacks.ts";
import type { LinkKind } from "./links.ts";
import type { ErrorShape, ErrorStatus, Refusal, RefusalName } from "./refusals.ts";

/** How one submit, and the job that it may make, are treated. Everything left out is as the options or defaults say. */
export interface Behaviour {
  /**
   * The answer to an acceptable submit.
   * - `queued` (default): `processing` with an eta
   * - `success`: the finished pictures at once (`queued` all the same where the request says `instant_response`)
   * - `hang`: takes the job and never answers
   * - `reset`: takes the job, then resets the connection
   * - `accepted-html-502`: takes the job, then a proxy's error page hides it
   * - `reset-unread`: resets before the body is read; takes nothing (cannot be combined with `when`)
   * - `html-500`, `html-503`: a proxy's error page; takes nothing
   */
  answer?: "queued" | "success" | "hang" | "reset" | "accepted-html-502" | "reset-unread" | "html-500" | "html-503";
  /** Refuses the submit; takes nothing. A name of the table in `refusals.ts`, or one's own. */
  refuse?: RefusalName | Refusal;
  errorShape?: ErrorShape;
  errorStatus?: ErrorStatus;
  /** What `eta` promises, in seconds; default 2. */
  etaSeconds?: number;
  /** When the job really ends, in seconds; default: the eta. `Infinity` waits for `release(id)`. */
  takesSeconds?: number;
  /** When the two pictures are downloaded; default `submit`. `work` finds out whether their links outlive the queue. */
  imagesReadAt?: "submit" | "work";
  /**
   * How the job ends; default `success`. `nsfw`: a picture the safety checker blanks, where it was asked to look.
   * `empty`: success with no output at all. `failed`/`error`: the two words for a final failure.
   */
  outcome?: "success" | "nsfw" | "empty" | "failed" | "error";
  /** The sentence of a failed job. */
  failure?: string;
  /** Default `once` for queued work, `never` for a success that was already answered. */
  callback?: CallbackPlan;
  /**
   * One: every fetch gets it; as the simulator's own behaviour also one of work that nobody submitted. A list:
   * the next fetches get these in turn, later ones the truth (the default).
   */
  fetch?: FetchStep | FetchStep[];
  /** What a fetch of unfinished work looks like; default `bare`: no `id`, `output` an empty string. */
  processingShape?: "bare" | "with-id";
  /** What `output` holds for `base64: true`; default `link`, to a text file of base64. */
  base64Form?: "data-uri" | "bare" | "link";
  proxyLinks?: "array" | "object" | "absent";
  /** Faults of the result's links: one for all three kinds, or each its own. */
  links?: LinkFault | Partial<Record<LinkKind, LinkFault>>;
}

export type FetchStep =
  | "truth"
  | "processing"
  | "success-empty"
  | "error"
  | "failed"
  | "rate-limit"
  | "html-500"
  | "html-503"
  | "hang"
  | "reset";

export type Rule = RuleOf<Behaviour>;
export type Rulebook = RulebookOf<Behaviour>;
