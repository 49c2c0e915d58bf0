import { ERRORS, InfillError, type Log, toProblem } from "@infill/core";
import type { Context, ErrorHandler } from "hono";
import { HTTPException } from "hono/http-exception";

/** One answer for everything that goes wrong: `application/problem+json`, never a stack, never the input. */
export function answerProblem(c: Context, error: InfillError): Response {
  const { retryAfterSeconds } = error.options;
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (retryAfterSeconds !== undefined) headers["retry-after"] = String(Math.ceil(retryAfterSeconds));
  if (error.code === "unauthorized") headers["www-authenticate"] = 'Bearer realm="infill"';
  return c.body(JSON.stringify({ ...toProblem(error), requestId: c.get("requestId") }), error.status as 400, headers);
}

/** What is there takes other methods: 405 with the header that RFC 9110 asks for. */
export function answerWrongMethod(c: Context, allowed: string[]): Response {
  const detail = `${c.req.method} is not done here; allowed are ${allowed.join(", ")}`;
  const answer = answerProblem(c, new InfillError("invalid_request", detail, { status: 405, details: { allowed } }));
  answer.headers.set("allow", allowed.join(", "));
  return answer;
}

/** Hono's error handler: known errors as they are; anything else is logged and answered as `internal`. */
export const onError =
  (log: Log): ErrorHandler =>
  (error, c) => {
    if (error instanceof InfillError) {
      if (error.status >= 500)
        log.error("request failed", { requestId: c.get("requestId"), code: error.code, error: error.message });
      return answerProblem(c, error);
    }
    if (error instanceof HTTPException && error.status < 500)
      return answerProblem(
        c,
        new InfillError("invalid_request", error.message || ERRORS.invalid_request.title, { status: error.status }),
      );
    log.error("request failed", {
      requestId: c.get("requestId"),
      error: error.name,
      at: error.stack?.split("\n")[1]?.trim(),
    });
    return answerProblem(
      c,
      new InfillError("internal", "Something broke on our side; the log has it under this requestId"),
    );
  };
