import { isTerminal, type Job, pollAfterSeconds, presentJob, sunsetHeader } from "@infill/core";
import type { Context } from "hono";
import type { ApiDeps, ApiEnv } from "./context.ts";
import { holdAnswer } from "./wait.ts";

/**
 * A job as an answer: ETag by the row's revision, `Retry-After` while it goes on. A job that was
 * just asked for is 202 until it has ended.
 */
function answerJob(
  c: Context<ApiEnv>,
  deps: Pick<ApiDeps, "links" | "clock" | "catalogue">,
  job: Job,
  { created = false, waited = 0 }: { created?: boolean; waited?: number } = {},
): Response {
  const done = isTerminal(job.status);
  const etag = `W/"${job.rev}"`;
  c.header("etag", etag);
  if (!done) c.header("retry-after", String(pollAfterSeconds(job, deps.clock.now())));
  const model = deps.catalogue.model(job.request.model);
  const sunset = model && sunsetHeader(model, deps.clock.now());
  if (sunset !== undefined) c.header("sunset", sunset);
  if (created) c.header("location", `/v1/jobs/${job.id}`);
  if (waited > 0) c.header("preference-applied", `wait=${waited}`);
  if (!created && matches(c.req.header("if-none-match"), etag)) return c.body(null, 304);
  const reports = c.get("caller").token === undefined;
  return c.json(presentJob(deps.links, job, { reports }), created && !done ? 202 : 200);
}

/** The same, held for as long as the caller prefers (`Prefer: wait=N`). */
export async function answerHeld(
  c: Context<ApiEnv>,
  deps: ApiDeps,
  job: Job,
  { created = false }: { created?: boolean } = {},
): Promise<Response> {
  const wish = { prefer: c.req.header("prefer"), hungUp: c.req.raw.signal };
  const held = await holdAnswer(deps, c.get("caller"), job, wish);
  return answerJob(c, deps, held.job, { created, waited: held.waited });
}

const matches = (header: string | undefined, etag: string): boolean =>
  header?.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag.replace(/^W\//, "")) ??
  false;
