import { type Provider, ProviderFailure, type SubmitOutcome } from "@infill/core";
import { AwsV4Signer } from "aws4fetch";
import { baseUrlOf } from "../base-url.ts";
import { beforeSending, unansweredSubmit } from "../failures.ts";
import { type Http, parseJson } from "../http.ts";
import type { AwsAccess, ProviderCode, ProviderDeps } from "../load.ts";
import { pictureOutput, toBase64 } from "../picture.ts";
import { stableImageFields } from "../stable-image-request.ts";
import {
  failedWork,
  notReady,
  type Refusal,
  rateLimited,
  refusedSubmit,
  resultWithheld,
  unclear,
  waiting,
} from "../verdict.ts";
import { type BedrockAnswer, errorType, readAnswer } from "./answer.ts";
import { bedrockModels } from "./models.ts";
import { BEDROCK_REGIONS, BEDROCK_SERVICES, inferenceProfile } from "./services.ts";

const VENDOR = "Amazon Bedrock";

/** Four megapixels that do not compress are 17 MB in base64. */
const MAX_ANSWER_BYTES = 48 * 1024 * 1024;

/** Its quotas are of requests a minute, and its answers do not say when one is over. */
const QUOTA_SECONDS = 60;

/**
 * Stability's edit services by Bedrock's `InvokeModel`: one request, one picture. It knows no key: what is
 * signed with is the right of whoever runs this to invoke the models.
 */
export function createBedrock(deps: ProviderDeps): Provider {
  const { now = Date.now } = deps;

  return {
    name: "bedrock",
    models: bedrockModels,
    ...(deps.simulated === undefined ? {} : { simulated: deps.simulated }),

    async submit(request, { signal }): Promise<SubmitOutcome> {
      const { fields, post } = await beforeSending(VENDOR, async () => {
        const fields = stableImageFields(VENDOR, bedrockModels, request);
        const access = usable(deps.aws);
        const base = baseUrlOf(deps, `https://bedrock-runtime.${access.region}.amazonaws.com`);
        const [image, mask] = await Promise.all([request.image.bytes(), request.mask.bytes()]);
        const body = JSON.stringify({ image: toBase64(image), mask: toBase64(mask), ...fields });
        const url = `${base}/model/${encodeURIComponent(profileOf(request.model))}/invoke`;
        return { fields, post: await signed(url, body, access, now()) };
      });
      const { url, headers: ours, body } = post;
      const answer = await deps.http
        .send(url, {
          method: "POST",
          headers: ours,
          body,
          timeoutMs: deps.timeoutMs?.submit ?? 180_000,
          maxBytes: MAX_ANSWER_BYTES,
          signal,
        })
        .catch((error) => {
          throw unansweredSubmit(VENDOR, error);
        });
      const said = readAnswer(parseJson(answer.bytes));
      const { status, headers } = answer;
      const hide = [fields.prompt ?? "", fields.negative_prompt ?? ""];
      const refusal: Refusal = { vendor: VENDOR, status, headers, text: said.text, hide, now: now() };
      return status === 200 ? finished(said, refusal, deps.http) : refused(said, refusal);
    },
  };
}

/** `stableImageFields` has seen to it that the model is ours. */
const profileOf = (model: string): string => inferenceProfile(BEDROCK_SERVICES[model as keyof typeof BEDROCK_SERVICES]);

/** @throws ProviderFailure where there are no credentials, or the services are not sold */
function usable(access: AwsAccess | undefined): AwsAccess {
  const region = BEDROCK_REGIONS.find((known) => known === access?.region);
  if (access !== undefined && region !== undefined) return access;
  const why =
    access === undefined ? "no AWS credentials are configured" : `it has these models in ${BEDROCK_REGIONS.join(", ")}`;
  throw new ProviderFailure("provider_unavailable", `${VENDOR} cannot be used here: ${why}`, {
    accepted: "no",
    retryable: false,
  });
}

/** Signs and no more (Signature Version 4): what is sent goes through the one door. */
async function signed(url: string, body: string, { region, credentials }: AwsAccess, now: number) {
  const signer = new AwsV4Signer({
    ...(await credentials()),
    service: "bedrock",
    region,
    method: "POST",
    url,
    headers: { accept: "application/json", "content-type": "application/json" },
    body,
    datetime: new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, ""),
  });
  const { headers } = await signer.sign();
  return { url, headers: Object.fromEntries(headers), body };
}

/** @throws ProviderFailure for a picture that was filtered, or none */
function finished({ image, finishReason = null }: BedrockAnswer, refusal: Refusal, http: Http): SubmitOutcome {
  // under 200 whatever was filtered: prompt, photo or picture. Which of them is billed is not documented
  if (finishReason?.startsWith("Filter reason")) throw resultWithheld(VENDOR);
  if (finishReason !== null) throw failedWork({ ...refusal, text: finishReason });
  if (image === undefined || image === "") throw unclear(VENDOR, refusal.status);
  return { state: "succeeded", outputs: [pictureOutput([image], { vendor: VENDOR, http, timeoutMs: 0 })] };
}

/** An error, by the name that AWS gives it; one status may be several. */
function refused(said: BedrockAnswer, refusal: Refusal): never {
  const { headers, status } = refusal;
  const type = errorType(said, headers);
  switch (type) {
    case "ThrottlingException":
    case "ServiceQuotaExceededException":
      throw rateLimited(waiting(refusal, QUOTA_SECONDS));
    case "ModelNotReadyException":
      throw notReady(refusal);
    case "ModelErrorException":
      throw failedWork(refusal);
  }
  // its own words name the account and the role: they are for AWS's own log
  if (status === 401 || status === 403) throw noRight(type || `HTTP ${status}`);
  throw refusedSubmit(waiting(refusal, QUOTA_SECONDS));
}

const noRight = (why: string): ProviderFailure =>
  new ProviderFailure(
    "provider_unavailable",
    `${VENDOR} refused this deployment's credentials (${why.slice(0, 60)}): its models must be enabled in the account`,
    { accepted: "no", retryable: false },
  );

export const provider: ProviderCode = { create: createBedrock };
