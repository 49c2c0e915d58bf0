import type { Durable } from "./durable.ts";
import { wordFor } from "./errors.ts";
import type { WorkflowDeps } from "./steps/deps.ts";
import * as steps from "./steps/index.ts";
import type { Verb } from "./steps/verb.ts";

/**
 * One job, from claim to notification, as a plain function of its durable context and its ports:
 *
 * ```
 * claim → prepare → (moderate) → submit ─┬─ settle (pause, look)… ─┬─ finish → close
 *            ▲                           └─ answered at once ──────┤
 *            └─────────────── another model of its route ──────────┘
 * ```
 *
 * Each step reads the row, acts, writes the row and returns a verb; the row is the memory and the
 * checkpoints hold verbs only. A process that dies anywhere goes on from the last verb; where the
 * checkpoints are another build's and fit no more, a run from the top goes on from the row.
 */
export async function inpaintWorkflow(
  durable: Durable,
  deps: WorkflowDeps,
  { jobId }: { jobId: string },
): Promise<void> {
  const claim = await durable.step("claim", () => steps.claim(deps, jobId, durable.executionId));
  if (!claim.claimed) return;
  try {
    await edit(durable, deps, jobId, claim.repeatable);
  } catch (error) {
    await durable.step("give-up", () => steps.giveUp(deps, jobId, wordFor(error)));
  }
  await durable.step("close", () => steps.close(deps, jobId));
}

/** A submit that breaks before anything is sent is tried so often, like any other step: after pauses that double. */
const MOST_BREAKS = 5;

async function edit(durable: Durable, deps: WorkflowDeps, jobId: string, repeatable: boolean): Promise<void> {
  const execution = durable.executionId;
  let [models, questions, attempts, breaks, rounds] = [0, 0, 0, 0, 0];
  let next: Verb = { do: "prepare" };
  while (next.do !== "ended") {
    switch (next.do) {
      case "prepare": {
        models += 1;
        breaks = 0;
        const prepare = () => steps.prepare(deps, jobId, execution);
        next = models === 1 ? await durable.step("prepare", prepare) : await durable.step(`prepare-${models}`, prepare);
        break;
      }
      case "moderate": {
        questions += 1;
        const round = questions;
        if (next.afterSeconds > 0) await pause(durable, deps, jobId, `before-moderate-${round}`, next.afterSeconds);
        next = await durable.step(`moderate-${round}`, () => steps.moderate(deps, jobId, execution, round));
        break;
      }
      case "submit": {
        attempts += 1;
        if (next.afterSeconds > 0) await pause(durable, deps, jobId, `before-submit-${attempts}`, next.afterSeconds);
        // what the claim found out was about the first model
        const free = repeatable && models === 1;
        try {
          next = await submit(durable, deps, jobId, attempts, free);
          breaks = 0;
        } catch (error) {
          if (free) throw error;
          const afterSeconds = 2 ** breaks;
          breaks += 1;
          next = await durable.step(`interrupted-${attempts}`, () => steps.interrupted(deps, jobId, afterSeconds));
          if (next.do === "submit" && breaks >= MOST_BREAKS) throw error;
        }
        break;
      }
      case "look": {
        rounds += 1;
        const round = rounds;
        await pause(durable, deps, jobId, `before-look-${round}`, next.afterSeconds);
        next = await durable.step(`look-${round}`, () => steps.look(deps, jobId, execution, round));
        break;
      }
      case "finish":
        next = await durable.step("finish", () => steps.finish(deps, jobId, execution));
        break;
      default:
        next satisfies never;
        // what a step of another build left behind: the row says how to go on
        next = { do: "prepare" };
    }
  }
}

/**
 * The paid call: at most once, ever. A process that died inside it, or a store that broke after it,
 * leaves the outcome unknown, and the row tells whether the request can have left at all. A model whose
 * work is free and harmless to repeat is simply run again.
 */
function submit(
  durable: Durable,
  deps: WorkflowDeps,
  jobId: string,
  attempt: number,
  repeatable: boolean,
): Promise<Verb> {
  const run = () => steps.submit(deps, jobId, durable.executionId);
  return durable.step(`submit-${attempt}`, run, repeatable ? "retried" : "once");
}

/**
 * Suspends until the time is up or someone wakes the job. The token is stored on the row first, and
 * inbox and cancel flag are read once more after: whoever wrote before that is seen here, whoever
 * writes later finds the token.
 */
async function pause(
  durable: Durable,
  deps: WorkflowDeps,
  jobId: string,
  name: string,
  seconds: number,
): Promise<void> {
  const { token, settled } = await durable.callback(name, Math.max(1, Math.ceil(seconds)));
  const armed = await durable.step(`${name}-arm`, () => steps.arm(deps, jobId, durable.executionId, token));
  if (armed.suspend) await settled;
}
