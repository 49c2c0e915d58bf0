import type { InfillError } from "@infill/core";
import type { Context, ErrorHandler } from "hono";
import type { CompatDeps } from "../context.ts";
import { knownError } from "../openai/errors.ts";
import { FieldProblems } from "./fields.ts";

/** What ModelsLab says where its words are known; clients tell these apart by them. */
function messageOf(error: InfillError): string | Record<string, string[]> {
  if (error instanceof FieldProblems) return error.problems;
  switch (error.code) {
    case "unauthorized":
      return "Invalid Api Key";
    case "rate_limited":
      return `Rate limit exceeded. ${error.message}`;
    case "budget_exceeded":
      return `You have insufficient credits. ${error.message}`;
    default:
      return error.message;
  }
}

/** ModelsLab answers refusals with 200, and clients read `status`; a full queue and a fault have a status of their own. */
const REAL_STATUSES = new Set([404, 405, 413, 415, 429]);

export function answerError(c: Context, error: InfillError): Response {
  const { retryAfterSeconds } = error.options;
  const wait = retryAfterSeconds === undefined ? undefined : Math.ceil(retryAfterSeconds);
  if (wait !== undefined) c.header("retry-after", String(wait));
  const status = REAL_STATUSES.has(error.status) || error.status >= 500 ? error.status : 200;
  const body = { status: "error", message: messageOf(error), ...(wait === undefined ? {} : { retry_after: wait }) };
  return c.json(body, status as 200);
}

/** Hono's error handler: everything in ModelsLab's shape. */
export const onError =
  ({ log }: Pick<CompatDeps, "log">): ErrorHandler =>
  (error, c) =>
    answerError(c, knownError(log, c.get("requestId"), error));
