import type { Job } from "../job.ts";
import type { Clock } from "../ports.ts";

/** What the workflow does next. All that a step leaves in the engine's memory. */
export type Verb =
  | { readonly do: "moderate"; readonly afterSeconds: number }
  | { readonly do: "prepare" }
  | { readonly do: "submit"; readonly afterSeconds: number }
  | { readonly do: "look"; readonly afterSeconds: number }
  | { readonly do: "finish" }
  | { readonly do: "ended" };

export const ended: Verb = { do: "ended" };

/** Look again after so many seconds, or when the deadline is reached. */
export function lookAfter(deps: { clock: Clock }, job: Job, seconds: number): Verb {
  const left = (job.deadlineAt - deps.clock.now()) / 1000;
  return { do: "look", afterSeconds: Math.max(1, Math.min(seconds, left + 1)) };
}
