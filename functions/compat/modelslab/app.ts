import {
  authenticate,
  type Caller,
  generationTime,
  InfillError,
  type Job,
  jobOfNumber,
  modelsLabFailure,
  modelsLabMeta,
  modelsLabSuccess,
  numberOfJob,
  resultLink,
  usableModel,
} from "@infill/core";
import { type Context, Hono } from "hono";
import { limitedTo, readJson } from "../../api/json.ts";
import { waitForEnd } from "../../api/wait.ts";
import { askForEdit, type Picture } from "../ask.ts";
import type { CompatDeps, CompatEnv } from "../context.ts";
import { deliveredBody } from "../deliver.ts";
import { takePlace } from "../hold.ts";
import { answerError, onError } from "./errors.ts";
import { checkAddress, decodePicture, objectOf, readSubmit, type Submit } from "./submit.ts";

const FORMAT = "modelslab";

/** A submit waits so long for its result, and then tells where that can be fetched; seconds. */
const HOLD_SECONDS = 25;

type Body = Record<string, unknown>;

/** ModelsLab's inpainting and its fetches, below `/api/v6` (https://docs.modelslab.com). */
export function modelsLab(deps: CompatDeps): Hono<CompatEnv> {
  const app = new Hono<CompatEnv>();
  app.onError(onError(deps));
  app.use(limitedTo(deps.maxBodyBytes, "send init_image and mask_image as URLs, with base64 false"));
  app.post("/image_editing/inpaint", async (c) => {
    const body = objectOf(await readJson(c));
    const caller = await callerOf(deps, body);
    c.set("caller", caller);
    return inpaint(deps, c, body, caller);
  });
  app.post("/image_editing/fetch/:id", (c) => fetchById(deps, c, c.req.param("id")));
  app.post("/images/fetch/:id", (c) => fetchById(deps, c, c.req.param("id")));
  app.post("/images/fetch", (c) => fetchById(deps, c));
  app.all("*", (c) =>
    answerError(
      c,
      new InfillError(
        "not_found",
        `${c.req.method} ${c.req.path}: there are POST /api/v6/image_editing/inpaint, /api/v6/image_editing/fetch/{id} and /api/v6/images/fetch here`,
      ),
    ),
  );
  return app;
}

const callerOf = ({ records }: CompatDeps, { key }: Body): Promise<Caller> =>
  authenticate(records, `Bearer ${typeof key === "string" ? key : ""}`);

async function inpaint(deps: CompatDeps, c: Context<CompatEnv>, body: Body, caller: Caller): Promise<Response> {
  const submit = readSubmit(body);
  const model = usableModel(deps.catalogue, submit.model, deps.clock.now());
  const request = submit.requestFor(model);
  const [image, mask] = await Promise.all([
    pictureOf(deps, c, "init_image", submit.initImage, submit),
    pictureOf(deps, c, "mask_image", submit.maskImage, submit),
  ]);
  const release = submit.instant ? undefined : await takePlace(deps);
  try {
    const { webhookFormat } = submit;
    const again = { idempotencyKey: c.req.header("idempotency-key"), retrying: false };
    const { job, delivered } = await askForEdit(
      deps,
      caller,
      { format: FORMAT, request, image, mask, webhookFormat },
      again,
    );
    c.header("infill-job", job.id);
    const { signal } = c.req.raw;
    const now = submit.instant ? job : await waitForEnd(deps, job, HOLD_SECONDS, signal);
    const id = await numberOfJob(deps.records, now.id);
    const answer = JSON.stringify(await submitAnswer(deps, c, now, { id, submit }));
    return c.body(deliveredBody([answer], delivered, signal), 200, { "content-type": "application/json" });
  } finally {
    await release?.();
  }
}

/** A picture that came along, or that its address yields. */
async function pictureOf(
  deps: CompatDeps,
  c: Context<CompatEnv>,
  field: string,
  text: string,
  { base64 }: Submit,
): Promise<Picture> {
  if (base64) return { bytes: decodePicture(field, text) };
  const address = checkAddress(field, text);
  const bytes = await deps.fetchPicture(address, c.req.raw.signal).catch(() => {
    throw new InfillError("asset_missing", `Unable to fetch image from provided URL: ${field}`, {
      pointer: `/${field}`,
    });
  });
  return { bytes };
}

async function submitAnswer(
  deps: CompatDeps,
  c: Context<CompatEnv>,
  job: Job,
  { id, submit }: { id: number; submit: Submit },
): Promise<Body> {
  const pictures = submit.base64 ? {} : { init_image: submit.initImage, mask_image: submit.maskImage };
  const meta = { ...modelsLabMeta(job), file_prefix: job.id, ...pictures };
  if (job.status === "succeeded") {
    const success = modelsLabSuccess(deps.links, job, id);
    const output = submit.base64 ? await inBase64(deps, job) : success.output;
    return { ...success, generationTime: generationTime(job), output, meta };
  }
  if (job.finishedAt !== undefined) return modelsLabFailure(job, id);
  const future = Array.from({ length: job.request.n }, (_, index) => resultLink(deps.links, job, index));
  return {
    status: "processing",
    tip: "The edit goes on: fetch it with the fetch_result address, or wait for the webhook.",
    eta: Math.ceil(deps.catalogue.model(job.request.model)?.typicalSeconds ?? 10),
    message: "Try to fetch request after seconds estimated",
    fetch_result: `${new URL(c.req.url).origin}/api/v6/images/fetch/${id}`,
    id,
    output: [],
    future_links: future,
    proxy_links: future,
    meta,
  };
}

const inBase64 = ({ objects }: CompatDeps, job: Job): Promise<string[]> =>
  Promise.all(job.results.map(async ({ key }) => Buffer.from(await objects.read(key)).toString("base64")));

/** How work stands; of somebody else's, as of none. */
async function fetchById(deps: CompatDeps, c: Context<CompatEnv>, idInPath?: string): Promise<Response> {
  const body = objectOf(await readJson(c));
  const { tenant } = await callerOf(deps, body);
  const number = idInPath ?? String(body["request_id"] ?? "");
  const jobId = await jobOfNumber(deps.records, number);
  const job = jobId === undefined ? undefined : await deps.records.getJob(jobId);
  if (job?.tenant !== tenant) throw new InfillError("invalid_request", "Request not found");
  if (job.status === "succeeded") return c.json(modelsLabSuccess(deps.links, job, Number(number)));
  if (job.finishedAt !== undefined) return c.json(modelsLabFailure(job, Number(number)));
  return c.json({ status: "processing", id: Number(number), message: "Try Again", output: "" });
}
