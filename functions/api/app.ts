import { InfillError } from "@infill/core";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { methodNotAllowed } from "hono/method-not-allowed";
import { gate } from "../auth/gate.ts";
import type { ApiDeps, ApiEnv } from "./context.ts";
import { everyAnswer } from "./every-answer.ts";
import { limitBody } from "./json.ts";
import { answerProblem, answerWrongMethod, onError } from "./problem.ts";
import { eventRoutes } from "./routes/events.ts";
import { inpaintRoutes } from "./routes/inpaint.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { meRoutes } from "./routes/me.ts";
import { modelRoutes } from "./routes/models.ts";
import { referenceRoutes } from "./routes/reference.ts";
import { resultRoutes } from "./routes/results.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { uploadRoutes } from "./routes/uploads.ts";
import { usageRoutes } from "./routes/usage.ts";
import { userRoutes } from "./routes/users.ts";
import { webhookRoutes } from "./routes/webhooks.ts";

/**
 * The HTTP API. A route reads: limits → auth → schema → one call into core → answer.
 *
 * @example
 * const app = createApi(deps);
 * const answer = await app.request("/v1/models", { headers: { authorization: `Bearer ${key}` } });
 */
export function createApi(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.use(everyAnswer(deps));
  app.use(
    cors({
      origin: "*",
      allowHeaders: ["authorization", "content-type", "idempotency-key", "prefer", "if-none-match"],
      exposeHeaders: [
        "location",
        "retry-after",
        "ratelimit",
        "ratelimit-policy",
        "etag",
        "sunset",
        "x-request-id",
        "preference-applied",
      ],
    }),
  );
  app.use(methodNotAllowed({ app, onMethodNotAllowed: answerWrongMethod }));
  app.use(limitBody);
  app.onError(onError(deps.log));
  const reference = deps.reference === undefined ? "" : ", its reference is at /docs";
  app.notFound((c) =>
    answerProblem(
      c,
      new InfillError("not_found", `There is nothing at this address; the API begins at /v1${reference}`),
    ),
  );

  app.get("/healthz", (c) => c.json({ ok: true, build: deps.build }));
  app.route("/", referenceRoutes(deps));
  app.route("/r", resultRoutes(deps));

  app.use("/v1/*", gate(deps));
  app.route("/v1/uploads", uploadRoutes(deps));
  app.route("/v1/inpaint", inpaintRoutes(deps));
  app.route("/v1/jobs", jobRoutes(deps));
  app.route("/v1/users", userRoutes(deps));
  app.route("/v1/events", eventRoutes(deps));
  app.route("/v1/webhooks", webhookRoutes(deps));
  app.route("/v1/models", modelRoutes(deps));
  app.route("/v1/tokens", tokenRoutes(deps));
  app.route("/v1/me", meRoutes(deps));
  app.route("/v1/usage", usageRoutes(deps));
  return app;
}
