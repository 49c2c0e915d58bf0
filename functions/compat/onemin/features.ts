import { type Caller, InfillError, idOfUuid, isTerminal, type Job } from "@infill/core";
import { type Context, Hono } from "hono";
import { readJson } from "../../api/json.ts";
import { type Asked, askForEdit, type Taken } from "../ask.ts";
import type { CompatDeps, CompatEnv } from "../context.ts";
import { deliveredBody } from "../deliver.ts";
import { beatUntilEnd, HOLD_SECONDS, takePlace } from "../hold.ts";
import { errorOf } from "../openai/errors.ts";
import { assetOf } from "./assets.ts";
import { answerError, MissingFields, toBody } from "./errors.ts";
import { kept, recordOf } from "./record.ts";
import { type PromptObject, readWish } from "./tables.ts";

const FORMAT = "1min";

/** `POST /api/features` of the type `IMAGE_INPAINTER`, and `GET /api/results/{uuid}`. */
export const featureRoutes = (deps: CompatDeps) =>
  new Hono<CompatEnv>()
    .post("/features", async (c) => {
      const until = deps.clock.now() + HOLD_SECONDS * 1000;
      const { asked, promptObject, async } = readFeature(c.get("caller"), await readJson(c));
      const release = async ? undefined : await takePlace(deps);
      try {
        const taken = await askForEdit(deps, c.get("caller"), asked, {
          idempotencyKey: c.req.header("idempotency-key"),
          retrying: false,
        });
        c.header("infill-job", taken.job.id);
        const job = async ? taken.job : await endOf(deps, c, taken.job, until);
        return answer(deps, c, { ...taken, job }, promptObject);
      } finally {
        await release?.();
      }
    })
    .get("/results/:uuid", async (c) => {
      const id = idOfUuid("job", c.req.param("uuid"));
      const job = id === undefined ? undefined : await deps.records.getJob(id);
      const own = job?.tenant === c.get("caller").tenant ? job : undefined;
      return c.json((own && recordOf(deps.links, own)) ?? { aiRecord: null });
    });

/** What is asked for. @throws InfillError naming what is wrong */
function readFeature(caller: Caller, body: unknown) {
  const { type, model, promptObject, async = false } = isObject(body) ? body : {};
  const missing = Object.entries({ type, model, promptObject }).flatMap(([name, value]) =>
    value === undefined ? [name] : [],
  );
  if (missing.length > 0) throw new MissingFields(missing);
  if (type !== "IMAGE_INPAINTER")
    throw new InfillError("invalid_request", "type must be IMAGE_INPAINTER: it is the only feature here", {
      pointer: "/type",
    });
  if (typeof model !== "string") throw new InfillError("invalid_request", "model must be text", { pointer: "/model" });
  if (typeof async !== "boolean")
    throw new InfillError("invalid_request", "async must be true or false", { pointer: "/async" });
  const { request, imageUrl, maskUrl, references } = readWish(model, promptObject);
  const referenced = Object.entries(references).map(([name, paths]) => [
    name,
    paths.map((path) => assetOf(caller, path)),
  ]);
  const whole = {
    ...request,
    model,
    providerOptions: { ...request.providerOptions, ...Object.fromEntries(referenced) },
    metadata: kept(model, promptObject as PromptObject),
  };
  const asked: Asked = {
    format: FORMAT,
    request: whole,
    image: { asset: assetOf(caller, imageUrl) },
    mask: { asset: assetOf(caller, maskUrl) },
  };
  return { asked, promptObject: promptObject as PromptObject, async };
}

const isObject = (body: unknown): body is Record<string, unknown> =>
  typeof body === "object" && body !== null && !Array.isArray(body);

/** The job as it is when it has ended, or when nobody waits any more. */
async function endOf(deps: CompatDeps, c: Context<CompatEnv>, job: Job, until: number): Promise<Job> {
  const beats = beatUntilEnd(deps, job, until, c.req.raw.signal);
  let beat = await beats.next();
  while (!beat.done) beat = await beats.next();
  return beat.value;
}

/** The record of a job that goes on or has succeeded, or the error of one that failed. */
function answer(
  deps: CompatDeps,
  c: Context<CompatEnv>,
  { job, delivered }: Taken,
  promptObject: PromptObject,
): Response {
  const failure = failureOf(job);
  const body = failure === undefined ? recordOf(deps.links, job, promptObject) : toBody(failure);
  if (failure !== undefined && !isTerminal(job.status)) return answerError(c, failure);
  const told = answerStatus(c, failure);
  return c.body(deliveredBody([JSON.stringify(body)], delivered, c.req.raw.signal), told as 200, {
    "content-type": "application/json",
  });
}

const answerStatus = (c: Context<CompatEnv>, failure: InfillError | undefined): number =>
  failure === undefined ? 200 : answerError(c, failure).status;

function failureOf(job: Job): InfillError | undefined {
  if (job.error !== undefined) return errorOf(job.error);
  return job.status === "canceled" ? new InfillError("canceled", "The edit was canceled") : undefined;
}
