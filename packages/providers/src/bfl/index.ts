import {
  type CallbackHint,
  type PollOutcome,
  type Provider,
  ProviderFailure,
  type ProviderUsage,
  type SubmitOutcome,
} from "@infill/core";
import { baseUrlOf } from "../base-url.ts";
import { refusalOf } from "../detail.ts";
import { beforeSending, unansweredQuestion as unanswered, unansweredSubmit } from "../failures.ts";
import type { JsonAnswer } from "../http.ts";
import { configuredKey } from "../key.ts";
import type { ProviderCode, ProviderDeps } from "../load.ts";
import { pictureOutput } from "../picture.ts";
import { failedWork, refusedSubmit, resultWithheld, unansweredQuestion } from "../verdict.ts";
import { readSubmitted, readTask, type TaskState, trustedPlace } from "./answer.ts";
import { isSigned, webhookSecret } from "./callback.ts";
import { checkBflKey } from "./check-key.ts";
import { bflModels } from "./models.ts";
import { toFillBody } from "./request.ts";
import { VENDOR, VENDOR_URL } from "./vendor.ts";

export const provider: ProviderCode = { create: createBfl, checkKey: checkBflKey };

/** An answer is a few lines of JSON, with a small preview at most. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const CREDIT_MICRO_USD = 10_000;

/**
 * FLUX.1 Fill [pro] at Black Forest Labs: `POST /v1/flux-pro-1.0-fill`, then `GET /v1/get_result?id=…` where
 * the answer says. Moderation shows in the task's state alone, under 200.
 */
function createBfl(options: ProviderDeps): Provider {
  const { http, timeoutMs = {}, inlineImages: inline = false, now = Date.now } = options;
  const base = baseUrlOf(options, VENDOR_URL);

  const refusal = (answer: JsonAnswer, hide: readonly string[]) => refusalOf(VENDOR, answer, hide, now());

  return {
    name: "bfl",
    models: bflModels,
    ...(options.simulated === undefined ? {} : { simulated: options.simulated }),

    async submit(request, { signal }): Promise<SubmitOutcome> {
      const { key, body } = await beforeSending(VENDOR, async () => {
        const key = await configuredKey(VENDOR, options.key, "no");
        return { key, body: await toFillBody(request, { models: bflModels, key, inline }) };
      });
      const answer = await http
        .json(`${base}/v1/flux-pro-1.0-fill`, {
          method: "POST",
          headers: { "x-key": key },
          body,
          timeoutMs: timeoutMs.submit ?? 60_000,
          maxBytes: MAX_ANSWER_BYTES,
          signal,
        })
        .catch((error) => {
          throw unansweredSubmit(VENDOR, error);
        });
      const job = answer.status === 200 ? readSubmitted(answer.body, base) : undefined;
      if (job !== undefined) return { state: "accepted", job };
      throw refusedSubmit(refusal(answer, [key, body.prompt ?? "", body.webhook_secret ?? ""]));
    },

    async poll(job, { signal, hide }): Promise<PollOutcome> {
      const key = await configuredKey(VENDOR, options.key, "yes");
      const place = trustedPlace(job["pollUrl"], base) ?? `${base}/v1/get_result`;
      const answer = await http
        .json(`${place}?id=${encodeURIComponent(job.id)}`, {
          method: "GET",
          headers: { "x-key": key },
          timeoutMs: timeoutMs.poll ?? 30_000,
          maxBytes: MAX_ANSWER_BYTES,
          signal,
        })
        .catch((error) => {
          throw unanswered(VENDOR, error);
        });
      // a task that is gone may be told under 404
      const task = [200, 404].includes(answer.status) ? readTask(answer.body) : undefined;
      if (task === undefined) throw unansweredQuestion(refusal(answer, [key]));
      switch (task.state) {
        case "pending":
          return { state: "processing", ...(task.progress === undefined ? {} : { progress: task.progress }) };
        case "ready": {
          // ready without its picture is an answer that went wrong, not the work
          if (task.sample === undefined) throw unansweredQuestion(refusal(answer, [key]));
          const source = { vendor: VENDOR, http, timeoutMs: timeoutMs.download ?? 60_000 };
          return { state: "succeeded", outputs: [pictureOutput([task.sample], source)], ...usageOf(job["credits"]) };
        }
        case "request-moderated":
          return { state: "failed", failure: requestModerated() };
        case "content-moderated":
          return { state: "failed", failure: resultWithheld(VENDOR, "no") };
        case "failed":
          return { state: "failed", failure: failedWork({ vendor: VENDOR, text: task.text, hide: [key, ...hide] }) };
      }
    },

    async readCallback(callback): Promise<CallbackHint> {
      const key = await options.key().catch(() => "");
      if (key === "" || !isSigned(callback, webhookSecret(key, callback.jobId))) return { state: "unknown" };
      const task = readTask(callback.body);
      if (task === undefined) return { state: "unknown" };
      return { state: HINTS[task.state], ...(task.id === undefined ? {} : { job: { id: task.id } }) };
    },
  };
}

const HINTS: Record<TaskState, CallbackHint["state"]> = {
  ready: "succeeded",
  pending: "processing",
  "request-moderated": "failed",
  "content-moderated": "failed",
  failed: "failed",
};

/** The vendor's help pages say that moderated work, of either kind, is not charged. */
const requestModerated = (): ProviderFailure =>
  new ProviderFailure("content_rejected", `${VENDOR}'s moderation refused the prompt or a picture`, {
    accepted: "yes",
    charged: "no",
  });

const usageOf = (credits: unknown): { usage?: ProviderUsage } =>
  typeof credits === "number"
    ? { usage: { units: { credits }, costMicroUsd: Math.round(credits * CREDIT_MICRO_USD) } }
    : {};
