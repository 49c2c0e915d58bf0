import type { Provider, SubmitOutcome } from "@infill/core";
import { baseUrlOf } from "../base-url.ts";
import { beforeSending, unansweredSubmit } from "../failures.ts";
import { type Http, parseJson } from "../http.ts";
import { configuredKey } from "../key.ts";
import type { ProviderCode, ProviderDeps } from "../load.ts";
import { multipart, pngPart } from "../multipart.ts";
import { pictureOutput } from "../picture.ts";
import { stableImageFields } from "../stable-image-request.ts";
import {
  failedWork,
  promptRefused,
  type Refusal,
  refusedSubmit,
  resultWithheld,
  unclear,
  waiting,
} from "../verdict.ts";
import { readAnswer, type StabilityAnswer } from "./answer.ts";
import { checkStabilityKey, VENDOR, VENDOR_URL } from "./check-key.ts";
import { stabilityModels } from "./models.ts";

/** Four megapixels that do not compress are 17 MB in base64. */
const MAX_ANSWER_BYTES = 48 * 1024 * 1024;

/** More than 150 requests in 10 s lock a key out for so long, by the vendor's help pages; no answer says so. */
const LOCKED_OUT_SECONDS = 60;

const PATHS: Readonly<Record<string, string>> = {
  "stability/inpaint": "/v2beta/stable-image/edit/inpaint",
  "stability/erase": "/v2beta/stable-image/edit/erase",
};

/**
 * Stability's edit services: one request, one picture. Asked for JSON, because the reason why a picture is
 * blurred is then in the answer's body.
 */
export function createStability(deps: ProviderDeps): Provider {
  const { now = Date.now } = deps;
  const base = baseUrlOf(deps, VENDOR_URL);

  return {
    name: "stability",
    models: stabilityModels,
    ...(deps.simulated === undefined ? {} : { simulated: deps.simulated }),

    async submit(request, { signal }): Promise<SubmitOutcome> {
      const { key, fields, form } = await beforeSending(VENDOR, async () => {
        const fields = stableImageFields(VENDOR, stabilityModels, request);
        const key = await configuredKey(VENDOR, deps.key, "no");
        const [image, mask] = await Promise.all([request.image.bytes(), request.mask.bytes()]);
        return {
          key,
          fields,
          form: await multipart({ image: pngPart("image", image), mask: pngPart("mask", mask), ...fields }),
        };
      });
      const answer = await deps.http
        .send(`${base}${PATHS[request.model] ?? ""}`, {
          method: "POST",
          headers: { authorization: `Bearer ${key}`, accept: "application/json", "content-type": form.contentType },
          body: form.body,
          timeoutMs: deps.timeoutMs?.submit ?? 180_000,
          maxBytes: MAX_ANSWER_BYTES,
          signal,
        })
        .catch((error) => {
          throw unansweredSubmit(VENDOR, error);
        });
      const said = readAnswer(parseJson(answer.bytes));
      const { status, headers } = answer;
      const hide = [key, fields.prompt ?? "", fields.negative_prompt ?? ""];
      const refusal: Refusal = { vendor: VENDOR, status, headers, text: said.text, hide, now: now() };
      return status === 200 ? finished(said, refusal, deps.http) : refused(said, refusal);
    },
  };
}

/** @throws ProviderFailure for a picture that was filtered, or none */
function finished({ image, finishReason }: StabilityAnswer, refusal: Refusal, http: Http): SubmitOutcome {
  const reason = finishReason ?? refusal.headers.get("finish-reason") ?? "SUCCESS";
  // the picture that comes with it is blurred; whether it is charged is not documented
  if (reason === "CONTENT_FILTERED") throw resultWithheld(VENDOR);
  if (reason !== "SUCCESS") throw failedWork({ ...refusal, text: reason });
  if (image === undefined || image === "") throw unclear(VENDOR, refusal.status);
  return { state: "succeeded", outputs: [pictureOutput([image], { vendor: VENDOR, http, timeoutMs: 0 })] };
}

/** Moderation and a key without rights are both told by 403, and apart by the error's name. */
function refused({ name }: StabilityAnswer, refusal: Refusal): never {
  if (name === "content_moderation" && refusal.status < 500) throw promptRefused(refusal);
  throw refusedSubmit(waiting(refusal, LOCKED_OUT_SECONDS));
}

export const provider: ProviderCode = { create: createStability, checkKey: checkStabilityKey };
