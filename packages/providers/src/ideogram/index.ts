import type { Provider } from "@infill/core";
import { baseUrlOf } from "../base-url.ts";
import { beforeSending, unansweredSubmit } from "../failures.ts";
import { parseJson } from "../http.ts";
import { configuredKey } from "../key.ts";
import type { ProviderCode, ProviderDeps } from "../load.ts";
import { multipart } from "../multipart.ts";
import { pictureOutput } from "../picture.ts";
import { requestedModel } from "../requested.ts";
import { linksOf, VENDOR } from "./answer.ts";
import { checkIdeogramKey, VENDOR_URL } from "./check-key.ts";
import { ideogramModels } from "./models.ts";
import { toInpaintForm } from "./request.ts";

/** Links and words. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Eight pictures at the best quality, with time to spare: what is given up on may be paid for. */
const SUBMIT_TIMEOUT_MS = 240_000;

/**
 * Ideogram 3.0's inpainting (`POST /v1/ideogram-v3/inpaint`): one request that is answered when the pictures
 * are done. Its links live for an hour to a day.
 */
function createIdeogram(deps: ProviderDeps): Provider {
  const { http, timeoutMs, now = Date.now } = deps;
  const source = { vendor: VENDOR, http, timeoutMs: timeoutMs?.download ?? 60_000 };

  return {
    name: "ideogram",
    models: ideogramModels,
    ...(deps.simulated === undefined ? {} : { simulated: deps.simulated }),

    async submit(request, { signal }) {
      const { key, prompt, body, contentType } = await beforeSending(VENDOR, async () => {
        const model = requestedModel(VENDOR, ideogramModels, request.model);
        const apiKey = await configuredKey(VENDOR, deps.key, "no");
        const form = await toInpaintForm(request, model);
        return { key: apiKey, prompt: form.prompt, ...(await multipart(form)) };
      });
      const { status, headers, bytes } = await http
        .send(`${baseUrlOf(deps, VENDOR_URL)}/v1/ideogram-v3/inpaint`, {
          method: "POST",
          headers: { "api-key": key, accept: "application/json", "content-type": contentType },
          body,
          timeoutMs: timeoutMs?.submit ?? SUBMIT_TIMEOUT_MS,
          maxBytes: MAX_ANSWER_BYTES,
          signal,
        })
        .catch((error) => {
          throw unansweredSubmit(VENDOR, error);
        });
      const links = linksOf({ status, headers, body: parseJson(bytes) }, [key, prompt], now());
      return { state: "succeeded", outputs: links.map((link) => pictureOutput([link], source)) };
    },
  };
}

export const provider: ProviderCode = { create: createIdeogram, checkKey: checkIdeogramKey };
