import { createInpaint } from "@infill/core";
import { Hono } from "hono";
import { answerJob } from "../answer.ts";
import type { ApiDeps, ApiEnv } from "../context.ts";
import { readJson } from "../json.ts";
import { preferredWait, waitForEnd } from "../wait.ts";

/** `POST /v1/inpaint`: 202 and the job, or 200 when `Prefer: wait` saw it end. */
export const inpaintRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>().post("/", async (c) => {
    const { job } = await createInpaint(deps, c.get("caller"), await readJson(c), c.req.header("idempotency-key"));
    const seconds = preferredWait(c.req.header("prefer"));
    const latest = await waitForEnd(deps, job, seconds, c.req.raw.signal);
    return answerJob(c, deps, latest, { created: true, waited: seconds });
  });
