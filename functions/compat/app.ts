import { Hono } from "hono";
import { cors } from "hono/cors";
import { everyAnswer } from "../api/every-answer.ts";
import { onError } from "../api/problem.ts";
import { resultRoutes } from "../api/routes/results.ts";
import type { CompatDeps, CompatEnv } from "./context.ts";
import { modelsLab } from "./modelslab/app.ts";
import { oneMin } from "./onemin/app.ts";
import { openAi } from "./openai/app.ts";

export { DEADLINE_SECONDS, HOLD_SECONDS } from "./hold.ts";

/**
 * The drop-in entry: other makers' APIs, to the letter, over Infill's own jobs. A client changes its base
 * URL and keeps its code; one request holds or streams its answer for as long as the edit takes.
 *
 * Each format is an app of its own below its own paths, with its own words for what goes wrong.
 *
 * @example
 * const app = createCompat(deps);
 * const answer = await app.request("/v1/images/edits", { method: "POST", headers, body: form });
 */
export function createCompat(deps: CompatDeps): Hono<CompatEnv> {
  const app = new Hono<CompatEnv>();
  app.use(everyAnswer(deps));
  app.onError(onError(deps.log));
  // clients bring headers of their own: what is asked for is allowed
  app.use(cors({ origin: "*", exposeHeaders: ["x-request-id", "infill-job", "retry-after", "x-should-retry"] }));
  app.route("/v1", openAi(deps));
  // what answers name relative to this very address
  app.route("/r", resultRoutes(deps));
  app.route("/api/v6", modelsLab(deps));
  app.route("/api", oneMin(deps));
  return app;
}
