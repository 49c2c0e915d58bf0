import { type Caller, InfillError, idOfUuid, isTerminal, type Job } from "@infill/core";
import { type Context, Hono } from "hono";
import { limitedTo, readJson } from "../../api/json.ts";
import { type Asked, askForEdit, type Taken } from "../ask.ts";
import type { CompatDeps, CompatEnv } from "../context.ts";
import { deliveredBody } from "../deliver.ts";
import { findJob } from "../find.ts";
import { beatUntilEnd, HOLD_SECONDS, takePlace } from "../hold.ts";
import { assetOf, photoOf } from "./assets.ts";
import { failureOf, MissingFields, statusOf, toBody } from "./errors.ts";
import { FORMAT, recordOf, wordsOf } from "./record.ts";
import { type PromptObject, readWish, type Wish } from "./tables.ts";

/** Of a request's body, bytes: it names its pictures. Twice what the longest prompt may take. */
const MAX_FEATURE_BYTES = 128 * 1024;

/** `POST /api/features` of the type `IMAGE_INPAINTER`, and `GET /api/results/{uuid}`. */
export const featureRoutes = (deps: CompatDeps) =>
  new Hono<CompatEnv>()
    .post("/features", limitedTo(MAX_FEATURE_BYTES, "pictures are uploaded with POST /api/assets"), async (c) => {
      const until = deps.clock.now() + HOLD_SECONDS * 1000;
      const feature = readFeature(deps, await readJson(c));
      const { async, promptObject } = feature;
      const asked = await toAsked(deps, c.get("caller"), feature);
      const release = async ? undefined : await takePlace(deps, c.get("caller"));
      try {
        const taken = await askForEdit(deps, c.get("caller"), asked, {
          idempotencyKey: c.req.header("idempotency-key"),
          retrying: false,
        });
        c.header("infill-job", taken.job.id);
        if (async) return answer(deps, c, taken, promptObject);
        const job = await endOf(deps, c, taken.job, until);
        if (!isTerminal(job.status)) throw goesOn();
        return answer(deps, c, { ...taken, job }, promptObject);
      } finally {
        await release?.();
      }
    })
    .get("/results/:uuid", async (c) => {
      const id = idOfUuid("job", c.req.param("uuid"));
      const job = id === undefined ? undefined : await findJob(deps, c.get("caller"), id);
      return c.json((job && recordOf(deps.links, job)) ?? { aiRecord: null });
    });

/** A body, read. */
interface Feature {
  model: string;
  async: boolean;
  /** As it was sent. */
  promptObject: PromptObject;
  wish: Wish;
}

/** What is asked for. @throws InfillError naming what is wrong */
function readFeature(deps: CompatDeps, body: unknown): Feature {
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
  const { catalogue } = deps;
  if (catalogue.model(model) === undefined && !Object.hasOwn(catalogue.aliases(), model)) {
    const known = [...Object.keys(catalogue.aliases()), ...catalogue.models().map(({ id }) => id)];
    throw new InfillError(
      "unsupported_option",
      `Model ${JSON.stringify(model)} is not supported; there are ${known.join(", ")}`,
      { pointer: "/model" },
    );
  }
  if (typeof async !== "boolean")
    throw new InfillError("invalid_request", "async must be true or false", { pointer: "/async" });
  if (!isObject(promptObject)) throw new MissingFields(["promptObject"]);
  return { model, async, promptObject, wish: readWish(catalogue, model, promptObject) };
}

/** The same in Infill's words, with its pictures found. @throws InfillError naming the picture that is not there */
async function toAsked(deps: CompatDeps, caller: Caller, { model, promptObject, wish }: Feature): Promise<Asked> {
  const { maxBytes } = wish;
  const references = Object.entries(wish.references).map(async ([name, { field, paths }]) => {
    const found = await Promise.all(paths.map((path) => assetOf(deps, caller, { field, path })));
    return [name, found.map(({ asset }) => asset)] as const;
  });
  const [image, mask, ...referenced] = await Promise.all([
    photoOf(deps, caller, { field: "imageUrl", path: wish.imageUrl, maxBytes }),
    assetOf(deps, caller, { field: "maskUrl", path: wish.maskUrl, maxBytes }),
    ...references,
  ]);
  const { providerOptions } = wish.request;
  const request = {
    ...wish.request,
    model,
    providerOptions: { ...providerOptions, ...Object.fromEntries(referenced) },
  };
  return { format: FORMAT, request, image, mask, words: wordsOf(model, promptObject) };
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

/** Nobody has an answer yet: what is sent again waits on. */
const goesOn = (): InfillError =>
  new InfillError("provider_unavailable", "The edit goes on: send the same request again to wait for it", {
    status: 504,
    retryable: true,
    retryAfterSeconds: 1,
  });

/** The record of a job that goes on or has succeeded, or the error of one that failed. */
function answer(
  deps: CompatDeps,
  c: Context<CompatEnv>,
  { job, delivered }: Taken,
  promptObject: PromptObject,
): Response {
  const failure = failureOf(job);
  const body = failure === undefined ? recordOf(deps.links, job, promptObject) : toBody(failure);
  const status = failure === undefined ? 200 : statusOf(failure);
  return c.body(deliveredBody([JSON.stringify(body)], delivered, c.req.raw.signal), status as 200, {
    "content-type": "application/json",
  });
}
