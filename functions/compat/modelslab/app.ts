import {
  type Caller,
  generationTime,
  InfillError,
  isId,
  type Job,
  jobOfNumber,
  type ModelRecord,
  modelsLabFailure,
  modelsLabMeta,
  modelsLabSuccess,
  numberOfJob,
  refuseForbidden,
  resultLink,
  usableModel,
} from "@infill/core";
import { type Context, Hono } from "hono";
import { limitedTo, readJson } from "../../api/json.ts";
import { holdAnswer, MAX_WAIT_SECONDS } from "../../api/wait.ts";
import { admit } from "../admit.ts";
import { askForEdit, type Picture } from "../ask.ts";
import type { CompatDeps, CompatEnv } from "../context.ts";
import { deliveredBody } from "../deliver.ts";
import { findJob } from "../find.ts";
import { base64Json, readResult } from "../results.ts";
import { answerError, onError } from "./errors.ts";
import { FieldProblems } from "./fields.ts";
import { decodePicture, isAddress, objectOf, readSubmit, type Submit } from "./submit.ts";

const FORMAT = "modelslab";

/** A submit waits so long for its result, while there is a place for that, and then tells where it can be fetched. */
const HELD = `wait=${MAX_WAIT_SECONDS}`;

type Body = Record<string, unknown>;

/** ModelsLab's inpainting and its fetches, below `/api/v6` (https://docs.modelslab.com). */
export function modelsLab(deps: CompatDeps): Hono<CompatEnv> {
  const app = new Hono<CompatEnv>();
  app.onError(onError(deps));
  app.use(
    limitedTo(
      deps.maxBodyBytes,
      "send init_image and mask_image as URLs, or upload them with POST /v1/uploads and send their ids (ast_…)",
    ),
  );
  app.post("/image_editing/inpaint", async (c) => {
    const body = objectOf(await readJson(c));
    const caller = await admit(deps, c, bearerOf(body));
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
        `${c.req.method} ${c.req.path}: there are POST /api/v6/image_editing/inpaint, /api/v6/image_editing/fetch/{id}, /api/v6/images/fetch/{id} and /api/v6/images/fetch here`,
      ),
      deps.clock.now(),
    ),
  );
  return app;
}

const bearerOf = ({ key }: Body): string => `Bearer ${typeof key === "string" ? key : ""}`;

async function inpaint(deps: CompatDeps, c: Context<CompatEnv>, body: Body, caller: Caller): Promise<Response> {
  const submit = readSubmit(body);
  const request = submit.requestFor(modelNamed(deps, submit.model), caller);
  await refuseForbidden(deps, caller, request);
  const [image, mask] = await Promise.all([
    pictureOf(deps, c, "init_image", submit.initImage, submit),
    pictureOf(deps, c, "mask_image", submit.maskImage, submit),
  ]);
  const pictures = isAddress(submit.initImage) && isAddress(submit.maskImage) ? addressesOf(submit) : undefined;
  const { trackId } = submit;
  const webhookFormat =
    trackId === undefined ? undefined : ({ format: FORMAT, trackId, ...(pictures ? { pictures } : {}) } as const);
  const again = { idempotencyKey: c.req.header("idempotency-key"), retrying: false };
  const taken = await askForEdit(deps, caller, { format: FORMAT, request, image, mask, webhookFormat }, again);
  c.header("infill-job", taken.job.id);
  const { signal } = c.req.raw;
  const prefer = submit.instant ? undefined : HELD;
  const { job } = await holdAnswer(deps, caller, taken.job, { prefer, hungUp: signal }).catch(whenErased);
  const id = await numberOfJob(deps.records, job.id);
  const answer = submitAnswer(deps, c, job, { id, meta: modelsLabMeta(job, pictures) });
  const pieces =
    submit.base64 && job.status === "succeeded" ? await inBase64(deps, job, answer) : [JSON.stringify(answer)];
  return c.body(deliveredBody(pieces, taken.delivered, signal), 200, { "content-type": "application/json" });
}

const addressesOf = ({ initImage, maskImage }: Submit) => ({ init_image: initImage, mask_image: maskImage });

/**
 * The model that a request is judged by. One that cannot be used is no reason to refuse: the operator may have
 * named others that are tried then.
 */
function modelNamed({ catalogue, clock }: CompatDeps, name: string): ModelRecord {
  try {
    return usableModel(catalogue, name, clock.now());
  } catch (error) {
    if (!(error instanceof InfillError) || error.code !== "provider_unavailable") throw error;
    const model = catalogue.model(name) ?? catalogue.model(catalogue.aliases()[name]?.[0] ?? "");
    if (model === undefined) throw error;
    return model;
  }
}

/** A picture that came along, that was uploaded before, or that its address yields. */
async function pictureOf(
  deps: CompatDeps,
  c: Context<CompatEnv>,
  field: string,
  text: string,
  { base64 }: Submit,
): Promise<Picture> {
  if (isId("ast", text)) return { asset: text };
  if (!isAddress(text)) {
    if (base64) return { bytes: decodePicture(field, text) };
    throw new FieldProblems({ [field]: [`The ${field.replace("_", " ")} must be a valid URL.`] });
  }
  const bytes = await deps.fetchPicture(text, c.req.raw.signal).catch((error) => {
    throw new InfillError("asset_missing", `Unable to fetch image from provided URL: ${field}${whyUnfetched(error)}`);
  });
  return { bytes };
}

/** Why an address yielded nothing, by the failure's reason: no host, address or port is told, and nothing of an answer. */
const UNFETCHED: Readonly<Record<string, string>> = {
  "unsafe-url": "the address must begin with https:// and lead to a public host by its name",
  dns: "there is no such host",
  connect: "the host cannot be connected to",
  timeout: "the host did not answer in time",
  broken: "the answer broke off",
  "too-large": "it is too large",
  redirects: "it leads elsewhere too often",
};

/** In brackets, after the words that clients know; nothing where no reason is known. */
function whyUnfetched(error: unknown): string {
  const { reason, message } = (error instanceof Error ? error : {}) as { reason?: unknown; message?: string };
  const status = reason === "status" ? / answered (\d{3})$/.exec(message ?? "")?.[1] : undefined;
  const why = status === undefined ? UNFETCHED[String(reason)] : `the host answered with status ${status}`;
  return why === undefined ? "" : ` (${why})`;
}

type Told = { id: number; meta: ReturnType<typeof modelsLabMeta> };

function submitAnswer(deps: CompatDeps, c: Context<CompatEnv>, job: Job, { id, meta }: Told): Body {
  if (job.status === "succeeded") {
    const { status, ...success } = modelsLabSuccess(deps.links, job, id);
    return { status, generationTime: generationTime(job), ...success, meta };
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

/** The answer with its pictures in it, as bare base64. The first one has been read when it resolves. */
async function inBase64({ objects }: CompatDeps, job: Job, { output: _, ...rest }: Body) {
  const [first, ...others] = job.results;
  if (first === undefined) throw new InfillError("internal", "The edit succeeded without a picture");
  const picture = await readResult(objects, first);
  return (async function* () {
    yield `${JSON.stringify(rest).slice(0, -1)},"output":[`;
    yield* base64Json(picture);
    for (const result of others) {
      yield ",";
      yield* base64Json(await readResult(objects, result));
    }
    yield "]}";
  })();
}

const unknownRequest = () => new InfillError("invalid_request", "Request not found");

/** Work that was erased while its end was waited for is answered as work that there is not. */
function whenErased(error: unknown): never {
  throw error instanceof InfillError && error.code === "not_found" ? unknownRequest() : error;
}

/** How work stands; of somebody else's, as of none. */
async function fetchById(deps: CompatDeps, c: Context<CompatEnv>, idInPath?: string): Promise<Response> {
  const body = objectOf(await readJson(c));
  const caller = await admit(deps, c, bearerOf(body), true);
  const number = idInPath ?? String(body["request_id"] ?? "");
  const jobId = await jobOfNumber(deps.records, number);
  const job = jobId === undefined ? undefined : await findJob(deps, caller, jobId);
  if (job === undefined) throw unknownRequest();
  if (job.status === "succeeded") return c.json(modelsLabSuccess(deps.links, job, Number(number)));
  if (job.finishedAt !== undefined) return c.json(modelsLabFailure(job, Number(number)));
  return c.json({ status: "processing", message: "Try Again", output: "" });
}
