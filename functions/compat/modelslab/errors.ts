import { fromPointer, type InfillError } from "@infill/core";
import type { Context, ErrorHandler } from "hono";
import type { CompatDeps } from "../context.ts";
import { knownError } from "../openai/errors.ts";
import { FieldProblems, type Problems } from "./fields.ts";

/** ModelsLab's names of what is called otherwise here. */
const NAMES: Readonly<Record<string, string>> = {
  model: "model_id",
  operation: "model_id",
  prompt: "prompt",
  negativePrompt: "negative_prompt",
  n: "samples",
  size: "width",
  seed: "seed",
  strength: "strength",
  guidanceScale: "guidance_scale",
  steps: "num_inference_steps",
  image: "init_image",
  mask: "mask_image",
  webhook: "webhook",
  safetyChecker: "safety_checker",
};

/** Our names that are no words of their own. */
const OURS = /\b(negativePrompt|guidanceScale|steps|n|safetyChecker)\b/g;

/** What is wrong by ModelsLab's fields; `undefined` where it is wrong with none of them. */
function problemsOf({ message, options }: InfillError): Problems | undefined {
  const { pointer = "", errors = [{ pointer, detail: message }] } = options;
  const problems: Problems = {};
  for (const { pointer: at, detail } of errors) {
    const [ours = ""] = fromPointer(at).filter((part) => part !== "providerOptions");
    const theirs = Object.hasOwn(NAMES, ours) ? NAMES[ours] : undefined;
    if (theirs === undefined) return undefined;
    const said = detail.startsWith(`${at}: `) ? detail.slice(at.length + 2) : detail;
    problems[theirs] = [...(problems[theirs] ?? []), said.replace(OURS, (name) => NAMES[name] ?? name)];
  }
  return problems;
}

/** What ModelsLab says where its words are known; clients tell these apart by them. */
function messageOf(error: InfillError): string | Problems {
  if (error instanceof FieldProblems) return error.problems;
  switch (error.code) {
    case "unauthorized":
      return "Invalid Api Key";
    case "rate_limited":
      return `Rate limit exceeded. ${error.message}`;
    case "budget_exceeded":
      return `You have insufficient credits. ${error.message}`;
    default:
      return problemsOf(error) ?? error.message;
  }
}

/**
 * ModelsLab answers refusals with 200, and its newer pages with statuses: a client of either reads `status`, and
 * many throw away the body of what is no 200. So what a person must read has 200, and what a client's HTTP layer
 * is to act upon by itself – nothing here, too large, too many, a fault – has a status of its own.
 */
const REAL_STATUSES = new Set([404, 405, 413, 415, 429]);

export function answerError(c: Context, error: InfillError, now: number): Response {
  const { retryAfterSeconds } = error.options;
  const wait = retryAfterSeconds === undefined ? undefined : Math.ceil(retryAfterSeconds);
  if (wait !== undefined) c.header("retry-after", String(wait));
  const status = REAL_STATUSES.has(error.status) || error.status >= 500 ? error.status : 200;
  if (status === 429 && wait !== undefined) c.header("x-ratelimit-reset", String(Math.ceil(now / 1000) + wait));
  const body = { status: "error", message: messageOf(error), ...(wait === undefined ? {} : { retry_after: wait }) };
  return c.json(body, status as 200);
}

/** Hono's error handler: everything in ModelsLab's shape. */
export const onError =
  ({ log, clock }: Pick<CompatDeps, "log" | "clock">): ErrorHandler =>
  (error, c) =>
    answerError(c, knownError(log, c.get("requestId"), error), clock.now());
