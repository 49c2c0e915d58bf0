import {
  type CallbackHint,
  type PollOutcome,
  type Provider,
  ProviderFailure,
  type ProviderJob,
  type ProviderOutput,
  type SubmitOutcome,
} from "@infill/core";
import { baseUrlOf } from "../base-url.ts";
import { beforeSending, unansweredQuestion, unansweredSubmit } from "../failures.ts";
import { configuredKey } from "../key.ts";
import type { ProviderDeps } from "../load.ts";
import { pictureOutput } from "../picture.ts";
import { requestedModel } from "../requested.ts";
import { readAnswer, type VendorAnswer } from "./answer.ts";
import { modelsLabModels } from "./models.ts";
import { toInpaintBody } from "./request.ts";
import { failedWork, flaggedUnsafe, refusedSubmit, type Said, unansweredFetch, VENDOR, VENDOR_URL } from "./verdict.ts";

/** Four 1024 px PNGs in base64 are about 24 MB. */
const MAX_ANSWER_BYTES = 48 * 1024 * 1024;

/**
 * ModelsLab's inpainting (`POST /api/v6/image_editing/inpaint`, then `…/fetch/{id}`).
 *
 * It answers most things with HTTP 200, knows no idempotency key, and bills by the call: see
 * `verdict.ts` for what each answer means for the money.
 */
export function createModelsLab(options: ProviderDeps): Provider {
  const { http, inlineImages: inline = false, now = Date.now } = options;
  const base = baseUrlOf(options, VENDOR_URL);

  const post = (url: string, body: object, timeoutMs: number, signal: AbortSignal, question = false) =>
    http.json(url, { method: "POST", body, timeoutMs, maxBytes: MAX_ANSWER_BYTES, signal, question });

  const outputs = (pictures: string[][]): ProviderOutput[] =>
    pictures.map((places) =>
      pictureOutput(places, { vendor: VENDOR, http, timeoutMs: options.timeoutMs?.download ?? 60_000 }),
    );

  return {
    name: "modelslab",
    models: modelsLabModels,
    ...(options.simulated === undefined ? {} : { simulated: options.simulated }),

    async submit(request, { signal }): Promise<SubmitOutcome> {
      const body = await beforeSending(VENDOR, async () =>
        toInpaintBody(request, {
          model: requestedModel(VENDOR, modelsLabModels, request.model),
          key: await configuredKey(VENDOR, options.key, "no"),
          inline,
        }),
      );
      const response = await post(
        `${base}/api/v6/image_editing/inpaint`,
        body,
        options.timeoutMs?.submit ?? 120_000,
        signal,
      ).catch((error) => {
        throw unansweredSubmit(VENDOR, error);
      });
      const answer = readAnswer(response.body);
      const hide = [body.key, body.prompt, body.negative_prompt ?? ""];
      const said: Said = { http: response, answer, hide, now: now() };
      const job = jobOf(answer, base);

      if (answer.state === "success" || answer.state === "processing") {
        if (answer.flaggedUnsafe) throw flaggedUnsafe();
        if (answer.state === "success" && answer.pictures.length > 0) {
          return { state: "succeeded", ...(job === undefined ? {} : { job }), outputs: outputs(answer.pictures) };
        }
        // a success without pictures has them a little later
        if (job !== undefined) {
          return {
            state: "accepted",
            job,
            ...(answer.etaSeconds === undefined ? {} : { etaSeconds: answer.etaSeconds }),
          };
        }
        throw new ProviderFailure("outcome_unknown", `${VENDOR} took the work and did not say under which id`, {
          accepted: "unknown",
        });
      }
      throw refusedSubmit(said);
    },

    async poll(job, { signal, hide }): Promise<PollOutcome> {
      const key = await configuredKey(VENDOR, options.key, "yes");
      const { fetchPath = `/api/v6/image_editing/fetch/${encodeURIComponent(job.id)}` } = job;
      const response = await post(
        `${base}${fetchPath}`,
        { key },
        options.timeoutMs?.poll ?? 30_000,
        signal,
        true,
      ).catch((error) => {
        throw unansweredQuestion(VENDOR, error);
      });
      const answer = readAnswer(response.body);
      const said: Said = { http: response, answer, hide: [key, ...hide], now: now() };

      switch (answer.state) {
        case "success": {
          if (answer.flaggedUnsafe) return { state: "failed", failure: flaggedUnsafe() };
          const pictures = answer.pictures.length > 0 ? answer.pictures : answer.futurePictures;
          return pictures.length > 0 ? { state: "succeeded", outputs: outputs(pictures) } : { state: "processing" };
        }
        case "processing":
          return {
            state: "processing",
            ...(answer.etaSeconds === undefined ? {} : { etaSeconds: answer.etaSeconds }),
          };
        default: {
          const unanswered = unansweredFetch(said);
          if (unanswered !== undefined) throw unanswered;
          return { state: "failed", failure: failedWork(said) };
        }
      }
    },

    async readCallback({ body }): Promise<CallbackHint> {
      const { state, id } = readAnswer(body);
      return {
        state: HINTS[state],
        ...(id === undefined ? {} : { job: { id } }),
      };
    },
  };
}

const HINTS: Record<VendorAnswer["state"], CallbackHint["state"]> = {
  success: "succeeded",
  processing: "processing",
  refused: "failed",
  unknown: "unknown",
};

/**
 * The work's id, and the path to ask at when the answer names one. Our key goes with every question, so
 * `fetch_result` counts on the very origin that was submitted to, and its path only.
 */
function jobOf(answer: VendorAnswer, base: string): ProviderJob | undefined {
  const path = /^\/api\/[\w/-]+$/.exec(sameOriginPath(answer.fetchUrl, base) ?? "")?.[0];
  const id = answer.id ?? path?.split("/").at(-1);
  if (id === undefined || id === "") return undefined;
  return { id, ...(path?.endsWith(`/${id}`) ? { fetchPath: path } : {}) };
}

function sameOriginPath(url: string | undefined, base: string): string | undefined {
  const parsed = url === undefined ? null : URL.parse(url);
  return parsed !== null && parsed.origin === URL.parse(base)?.origin ? parsed.pathname : undefined;
}
