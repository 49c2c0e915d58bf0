import { listEvents, presentEvent, replayEvent } from "@infill/core";
import { Hono } from "hono";
import type { ApiDeps, ApiEnv } from "../context.ts";
import { PAGE_LIMIT, wholeNumber } from "../query.ts";

/** `GET /v1/events`: what happened, in order, for whoever missed a webhook. `POST /v1/events/{id}/replay`. */
export const eventRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => {
      const { after } = c.req.query();
      const page = await listEvents(deps, c.get("caller"), {
        limit: wholeNumber(c.req.query("limit"), "limit", PAGE_LIMIT),
        ...(after === undefined ? {} : { after }),
      });
      return c.json({
        object: "list",
        data: page.events.map((each) => presentEvent(deps.links, each)),
        hasMore: page.more,
        next: page.next,
      });
    })
    .post("/:id/replay", async (c) =>
      c.json(presentEvent(deps.links, await replayEvent(deps, c.get("caller"), c.req.param("id"))), 202),
    );
