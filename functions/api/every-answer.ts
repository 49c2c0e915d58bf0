import type { Clock, Ids, Log } from "@infill/core";
import type { MiddlewareHandler } from "hono";

/** What every answer has, whoever gives it: a request id, no cache but its caller's, no guessing at its type. And a line in the log. */
export const everyAnswer =
  ({ ids, clock, log }: { ids: Ids; clock: Clock; log: Log }): MiddlewareHandler =>
  async (c, next) => {
    const requestId = ids.make("req");
    c.set("requestId", requestId);
    const started = clock.now();
    await next();
    c.header("x-request-id", requestId);
    c.header("cache-control", "private, no-store");
    c.header("x-content-type-options", "nosniff");
    // the route's pattern, not its path: a path can be a capability
    const { method, routePath: route } = c.req;
    log.info("request", { requestId, method, route, status: c.res.status, ms: clock.now() - started });
  };
