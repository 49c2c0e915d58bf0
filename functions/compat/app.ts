import { Hono } from "hono";
import { cors } from "hono/cors";
import type { CompatDeps, CompatEnv } from "./context.ts";
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
  app.use(async (c, next) => {
    const requestId = deps.ids.make("req");
    c.set("requestId", requestId);
    const started = deps.clock.now();
    await next();
    c.header("x-request-id", requestId);
    c.header("cache-control", "private, no-store");
    c.header("x-content-type-options", "nosniff");
    const { method, routePath: route } = { method: c.req.method, routePath: c.req.routePath };
    deps.log.info("request", { requestId, method, route, status: c.res.status, ms: deps.clock.now() - started });
  });
  // clients bring headers of their own: what is asked for is allowed
  app.use(cors({ origin: "*", exposeHeaders: ["x-request-id", "infill-job", "retry-after", "x-should-retry"] }));
  app.route("/v1", openAi(deps));
  return app;
}
