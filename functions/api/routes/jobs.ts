import {
  cancelJob,
  deleteJob,
  getJob,
  getResult,
  InfillError,
  isTerminal,
  listJobs,
  presentJob,
  presentReport,
  reportJob,
} from "@infill/core";
import { Hono } from "hono";
import { answerHeld } from "../answer.ts";
import type { ApiDeps, ApiEnv } from "../context.ts";
import { readJson } from "../json.ts";
import { PAGE_LIMIT, userNamed, wholeNumber } from "../query.ts";
import { redirectToResult } from "./results.ts";

/** Which of a job's results; none of one job has more. */
export const RESULT_INDEX = { min: 0, max: 9, default: 0 } as const;

/** `GET /v1/jobs`, `GET /v1/jobs/{id}`, `DELETE /v1/jobs/{id}`, `GET …/preview`, `POST …/cancel`, `POST …/report`, `GET …/results/{n}`. */
export const jobRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => {
      const { after, user } = c.req.query();
      const page = await listJobs(deps, c.get("caller"), {
        limit: wholeNumber(c.req.query("limit"), "limit", PAGE_LIMIT),
        ...(after === undefined ? {} : { before: after }),
        ...(user === undefined ? {} : { user: await userNamed(user) }),
      });
      return c.json({
        object: "list",
        data: page.jobs.map((job) => presentJob(deps.links, job, { reports: c.get("caller").token === undefined })),
        hasMore: page.next !== undefined,
        ...(page.next === undefined ? {} : { next: page.next }),
      });
    })
    .get("/:id", async (c) => {
      const job = await getJob(deps, c.get("caller"), c.req.param("id"));
      return answerHeld(c, deps, job);
    })
    .delete("/:id", async (c) => {
      const id = c.req.param("id");
      const deleted = await deleteJob(deps, c.get("caller"), id);
      return c.json({ id, object: "job", deleted }, deleted ? 200 : 202);
    })
    .get("/:id/preview", async (c) => {
      const { preview, status } = await getJob(deps, c.get("caller"), c.req.param("id"));
      if (preview === undefined || isTerminal(status))
        throw new InfillError("not_found", "There is no preview: the model shows none, or the job has ended");
      return c.redirect(
        await deps.objects.signDownload({ key: preview, expiresInSeconds: 60, contentType: "image/png" }),
      );
    })
    .post("/:id/cancel", async (c) => {
      const job = await cancelJob(deps, c.get("caller"), c.req.param("id"));
      return answerHeld(c, deps, job, { created: true });
    })
    .post("/:id/report", async (c) => {
      const { job, report } = await reportJob(deps, c.get("caller"), c.req.param("id"), await readJson(c));
      return c.json({ object: "report", job: job.id, ...presentReport(report) }, 201);
    })
    .get("/:id/results/:n", async (c) => {
      const index = wholeNumber(c.req.param("n"), "n", RESULT_INDEX);
      const id = c.req.param("id");
      return redirectToResult(c, deps, id, index, await getResult(deps, c.get("caller"), id, index));
    });
