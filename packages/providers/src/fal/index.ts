import type { CallbackHint, PollOutcome, Provider, SubmitOutcome } from "@infill/core";
import { baseUrlOf } from "../base-url.ts";
import { refusalOf } from "../detail.ts";
import { beforeSending, unansweredQuestion as unanswered, unansweredSubmit } from "../failures.ts";
import type { JsonAnswer } from "../http.ts";
import { configuredKey } from "../key.ts";
import type { ProviderCode, ProviderDeps } from "../load.ts";
import { pictureOutput } from "../picture.ts";
import { resultWithheld, unansweredQuestion } from "../verdict.ts";
import { readClaim, readPictures, readRequestId, readStatus, submitFailure, workFailure } from "./answer.ts";
import { createVerifier, readKeys } from "./callback.ts";
import { falModels } from "./models.ts";
import { toFillInput } from "./request.ts";
import { JWKS_URL, MODEL_PATH, QUEUE_URL, REQUESTS_PATH, VENDOR } from "./vendor.ts";

export const provider: ProviderCode = { create: createFal };

/** Every answer is a few lines of JSON. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * FLUX.1 Fill [pro] in fal's queue: `POST /fal-ai/flux-pro/v1/fill`, `GET …/requests/{id}/status` until it is
 * `COMPLETED`, then `GET …/requests/{id}`. The queue takes almost anything: a bad input fails as work.
 */
function createFal(options: ProviderDeps): Provider {
  const { http, timeoutMs = {}, inlineImages: inline = false, now = Date.now } = options;
  const base = baseUrlOf(options, QUEUE_URL);
  const jwksUrl = options.baseUrl === undefined ? JWKS_URL : `${base}/.well-known/jwks.json`;

  const refusal = (answer: JsonAnswer, hide: readonly string[]) => refusalOf(VENDOR, answer, hide, now());

  const get = (url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<JsonAnswer> =>
    http.json(url, {
      method: "GET",
      headers,
      timeoutMs: timeoutMs.poll ?? 30_000,
      maxBytes: MAX_ANSWER_BYTES,
      ...(signal === undefined ? {} : { signal }),
    });

  const isGenuine = createVerifier(async () => readKeys((await get(jwksUrl, {})).body), now);

  return {
    name: "fal",
    models: falModels,
    ...(options.simulated === undefined ? {} : { simulated: options.simulated }),

    async submit(request, { signal }): Promise<SubmitOutcome> {
      const { key, body } = await beforeSending(VENDOR, async () => {
        const key = await configuredKey(VENDOR, options.key, "no");
        return { key, body: await toFillInput(request, { models: falModels, inline }) };
      });
      const { callbackUrl } = request;
      const webhook =
        callbackUrl === undefined || inline ? "" : `?${new URLSearchParams({ fal_webhook: callbackUrl })}`;
      const answer = await http
        .json(`${base}${MODEL_PATH}${webhook}`, {
          method: "POST",
          headers: authorized(key),
          body,
          timeoutMs: timeoutMs.submit ?? 60_000,
          maxBytes: MAX_ANSWER_BYTES,
          signal,
        })
        .catch((error) => {
          throw unansweredSubmit(VENDOR, error);
        });
      const id = answer.status === 200 ? readRequestId(answer.body) : undefined;
      if (id !== undefined) return { state: "accepted", job: { id } };
      throw submitFailure(refusal(answer, [key, body.prompt]), answer.body);
    },

    async poll(job, { signal, hide }): Promise<PollOutcome> {
      const key = await configuredKey(VENDOR, options.key, "yes");
      // never the addresses of an answer: our key goes with every question
      const place = `${base}${REQUESTS_PATH}/${encodeURIComponent(job.id)}`;
      const ask = (url: string) =>
        get(url, authorized(key), signal).catch((error) => {
          throw unanswered(VENDOR, error);
        });

      const answer = await ask(`${place}/status`);
      // 202 until it is completed
      const status = [200, 202].includes(answer.status) ? readStatus(answer.body) : undefined;
      if (status === undefined) throw unansweredQuestion(refusal(answer, [key]));
      if (status === "unfinished") return { state: "processing" };

      const result = await ask(place);
      const pictures = result.status === 200 ? readPictures(result.body) : undefined;
      if (pictures === undefined) {
        const said = refusal(result, [key, ...hide]);
        const failure = workFailure(result, said, status === "failed");
        if (failure === undefined) throw unansweredQuestion(said);
        return { state: "failed", failure };
      }
      if (pictures.length === 0) return { state: "failed", failure: resultWithheld(VENDOR) };
      const source = { vendor: VENDOR, http, timeoutMs: timeoutMs.download ?? 60_000 };
      return { state: "succeeded", outputs: pictures.map((url) => pictureOutput([url], source)) };
    },

    async readCallback(callback): Promise<CallbackHint> {
      const claim = readClaim(callback.body);
      const genuine = claim !== undefined && (await isGenuine(callback));
      return genuine ? { state: claim.state, job: { id: claim.id } } : { state: "unknown" };
    },
  };
}

const authorized = (key: string): Record<string, string> => ({ authorization: `Key ${key}` });
