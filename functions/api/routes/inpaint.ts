import { createInpaint, estimateInpaint } from "@infill/core";
import { Hono } from "hono";
import { answerHeld } from "../answer.ts";
import type { ApiDeps, ApiEnv } from "../context.ts";
import { readJson } from "../json.ts";

/** `POST /v1/inpaint`: 202 and the job, or 200 when `Prefer: wait` saw it end. `POST /v1/inpaint/estimate`: what it would cost. */
export const inpaintRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>()
    .post("/estimate", async (c) => c.json(await estimateInpaint(deps, await readJson(c))))
    .post("/", async (c) => {
      const { job } = await createInpaint(deps, c.get("caller"), await readJson(c), c.req.header("idempotency-key"));
      return answerHeld(c, deps, job, { created: true });
    });
