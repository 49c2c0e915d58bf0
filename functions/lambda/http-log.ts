import type { Env, Hono } from "hono";
import { required } from "./environment.ts";
import { type Invocation, type Level, lineLog } from "./line-log.ts";
import { clock } from "./system.ts";

const lines = lineLog({
  // not the console: Lambda would put the line into a line of its own
  write: (line) => void process.stdout.write(`${line}\n`),
  namespace: required("NAMESPACE"),
  build: required("BUILD"),
  level: required("LOG_LEVEL") as Level,
  now: clock.now,
});

/** Of the functions that answer callers. */
export const { log } = lines;

/** The app, whose lines tell which event of Lambda's they are of. */
export function logged<E extends Env>(app: Hono<E>): Hono<E> {
  const { fetch } = app;
  app.fetch = (request, env, executionContext) => {
    const { lambdaContext, context } = env as { lambdaContext?: Invocation; context?: Invocation };
    lines.begin(lambdaContext ?? context ?? {});
    return fetch(request, env, executionContext);
  };
  return app;
}
