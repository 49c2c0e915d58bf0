import {
  checkPicture,
  hasAlphaChannel,
  InfillError,
  isTerminal,
  type Job,
  sunsetHeader,
  uploadedSource,
  usableModel,
} from "@infill/core";
import { type Context, Hono } from "hono";
import { type Asked, askForEdit, type Picture, type Taken } from "../ask.ts";
import type { CompatDeps, CompatEnv } from "../context.ts";
import { deliveredBody } from "../deliver.ts";
import { beatUntilEnd, HOLD_SECONDS, PREVIEW_SECONDS, takePlace } from "../hold.ts";
import { completedEvents, imagesResponse, partialEvent } from "./answer.ts";
import { answerError, errorEvent, errorOf, knownError, toBody } from "./errors.ts";
import { type Form, readForm } from "./form.ts";
import { type Parameters, type Photo, readParameters, toRequest } from "./parameters.ts";

type Edits = Context<CompatEnv>;

/** `POST /images/edits`: one request, one edit, however long it takes. */
export const editRoutes = (deps: CompatDeps) =>
  new Hono<CompatEnv>().post("/edits", async (c) => {
    const until = deps.clock.now() + HOLD_SECONDS * 1000;
    const form = await readForm(c, deps);
    const parameters = readParameters(form.fields);
    const { image, mask } = await picturesOf(deps, c, form);
    const request = { ...toRequest(parameters, image.photo), ...partialImages(deps, parameters) };
    const asked: Asked = { format: "openai", request, image: image.picture, mask };
    const release = await takePlace(deps, c.get("caller"));
    try {
      const taken = await askForEdit(deps, c.get("caller"), asked, {
        idempotencyKey: c.req.header("idempotency-key"),
        retrying: Number(c.req.header("x-stainless-retry-count") ?? 0) >= 1,
      });
      c.header("infill-job", taken.job.id);
      const model = deps.catalogue.model(taken.job.request.model);
      c.header("sunset", model && sunsetHeader(model, deps.clock.now()));
      const held: Held = { ...taken, until, release };
      return parameters.stream ? streamAnswer(deps, c, held) : await holdAnswer(deps, c, held);
    } catch (error) {
      await release();
      throw error;
    }
  });

/** Models that show the work under way are asked to; others have nothing to send. */
function partialImages({ catalogue, clock }: CompatDeps, { model, partial_images: count }: Parameters) {
  if (count === 0) return {};
  const { providerOptions } = usableModel(catalogue, model, clock.now());
  return "partialImages" in providerOptions ? { providerOptions: { partialImages: count } } : {};
}

/** The one image and its mask: by OpenAI's rule the image's own alpha, where no mask was sent. */
async function picturesOf(deps: CompatDeps, c: Edits, { image: picture, mask }: Form) {
  if (picture === undefined) throw new InfillError("invalid_request", "/image: is required", { pointer: "/image" });
  const photo = await photoOf(deps, c, picture);
  if (mask === undefined && photo.alpha === false)
    throw new InfillError(
      "mask_mismatch",
      "/mask: send a mask whose transparent pixels are to be edited, or an image that is transparent there; this image has no alpha channel",
      { pointer: "/mask" },
    );
  if (mask !== undefined && "bytes" in mask) {
    checkPicture({ purpose: "mask", bytes: mask.bytes });
    if (!hasAlphaChannel(mask.bytes))
      throw new InfillError(
        "mask_mismatch",
        "/mask: the mask has no alpha channel: make what is to be edited transparent, in a png or webp",
        { pointer: "/mask" },
      );
  }
  return { image: { picture, photo }, mask: mask ?? picture };
}

async function photoOf(deps: CompatDeps, c: Edits, picture: Picture): Promise<Photo> {
  if ("bytes" in picture)
    return { header: checkPicture({ purpose: "image", bytes: picture.bytes }), alpha: hasAlphaChannel(picture.bytes) };
  const { header } = await uploadedSource(deps, c.get("caller"), picture.asset, "/image");
  return { header, alpha: header.contentType === "image/jpeg" ? false : undefined };
}

/** What a job that has not succeeded says; one that goes on is to be asked for again. */
function failureOf(job: Job): InfillError {
  if (job.error !== undefined) return errorOf(job.error);
  if (job.status === "canceled") return new InfillError("canceled", "The edit was canceled");
  return new InfillError("provider_unavailable", "The edit goes on: send the same request again to wait for it", {
    status: 504,
    retryable: true,
    retryAfterSeconds: 1,
  });
}

/** A job whose end is waited for, until a time, in a place that is to be given back. */
interface Held extends Taken {
  /** ms since the epoch. */
  until: number;
  release(): Promise<void>;
}

async function holdAnswer(deps: CompatDeps, c: Edits, { job, delivered, until, release }: Held): Promise<Response> {
  const { signal } = c.req.raw;
  const beats = beatUntilEnd(deps, job, until, signal);
  let beat = await beats.next();
  while (!beat.done) beat = await beats.next();
  await release();
  const ended = beat.value;
  if (!isTerminal(ended.status)) return answerError(c, failureOf(ended));
  if (ended.status === "succeeded") {
    const answer = await imagesResponse(deps.objects, ended);
    return c.body(deliveredBody(answer, delivered, signal), 200, { "content-type": "application/json" });
  }
  const failure = failureOf(ended);
  return answerError(c, failure, deliveredBody([JSON.stringify(toBody(failure))], delivered, signal));
}

/** Begins at once, tells what the model shows of its work, and beats while nothing is to be told. */
function streamAnswer(deps: CompatDeps, c: Edits, { job, delivered, until, release }: Held): Response {
  const { signal } = c.req.raw;
  let told = false;
  async function* events(): AsyncGenerator<string> {
    const shows = job.request.providerOptions["partialImages"] !== undefined;
    const beats = beatUntilEnd(deps, job, until, signal, shows ? PREVIEW_SECONDS : undefined);
    let shown = 0;
    try {
      let beat = await beats.next();
      for (; !beat.done; beat = await beats.next()) {
        const { previews = 0 } = beat.value;
        if (previews > shown) yield* partialEvent(deps, beat.value, previews - 1);
        else yield ": the edit goes on\n\n";
        shown = previews;
      }
      await release();
      const ended = beat.value;
      if (ended.status === "succeeded") yield* completedEvents(deps.objects, ended);
      else yield errorEvent(failureOf(ended));
      told = isTerminal(ended.status);
    } catch (error) {
      yield errorEvent(knownError(deps.log, c.get("requestId"), error as Error));
    } finally {
      await release();
    }
  }
  const deliveredEnd = async () => {
    if (told) await delivered();
  };
  return c.body(deliveredBody(events(), deliveredEnd, signal, release), 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "x-accel-buffering": "no",
  });
}
