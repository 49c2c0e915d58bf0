import { type Job, type Links, resultLink, uuidOf } from "@infill/core";
import type { PromptObject } from "./tables.ts";

/** Where a job keeps what was asked for, in this format's words, so that it can be told later. */
const KEPT = "onemin";
const MAX_KEPT = 512;

/** The prompt is on the job already, and nowhere else. */
export function kept(model: string, promptObject: PromptObject): Record<string, string> {
  const { prompt: _, ...rest } = promptObject;
  const whole = JSON.stringify({ model, promptObject: rest });
  const { imageUrl, maskUrl } = rest;
  const short = JSON.stringify({ model, promptObject: { imageUrl, maskUrl } });
  return {
    [KEPT]: [whole, short].find((text) => text.length <= MAX_KEPT) ?? JSON.stringify({ model, promptObject: {} }),
  };
}

function keptOf({ request }: Job): { model: string; promptObject: PromptObject } | undefined {
  const text = request.metadata[KEPT];
  return text === undefined ? undefined : JSON.parse(text);
}

const STATUSES = {
  queued: "PROCESSING",
  running: "PROCESSING",
  succeeded: "SUCCESS",
  failed: "FAILURE",
  canceled: "FAILURE",
} as const;

/** Of a job that this format made; `undefined` of any other. */
export function recordOf(links: Links, job: Job, promptObject?: PromptObject) {
  const asked = keptOf(job);
  if (asked === undefined) return undefined;
  const { prompt } = job.request;
  const urls = job.results.map((_, index) => resultLink(links, job, index));
  const createdAt = new Date(job.createdAt).toISOString();
  const updatedAt = new Date(job.finishedAt ?? job.createdAt).toISOString();
  const [temporaryUrl] = urls;
  return {
    aiRecord: {
      uuid: uuidOf(job.id),
      userId: job.keyId,
      teamId: job.tenant,
      teamUser: {
        teamId: job.tenant,
        userId: job.keyId,
        userName: job.user ?? "",
        userAvatar: "",
        status: "ACTIVE",
        role: "ADMIN",
        creditLimit: 0,
        usedCredit: 0,
        createdAt,
        createdBy: "SYSTEM",
        updatedAt,
        updatedBy: "SYSTEM",
      },
      model: asked.model,
      type: "IMAGE_INPAINTER",
      metadata: null,
      rating: null,
      feedback: null,
      conversationId: null,
      status: STATUSES[job.status],
      createdAt,
      aiRecordDetail: {
        promptObject: promptObject ?? { ...(prompt === undefined ? {} : { prompt }), ...asked.promptObject },
        // relative to the address of this API, as the platform's are to its bucket
        resultObject: urls.map((url) => new URL(url).pathname.slice(1)),
        responseObject: asked.model === "ideogram-3" ? ideogramAnswer(job, urls) : {},
      },
      additionalData: null,
      ...(job.error === undefined ? {} : { errorMessage: job.error.message }),
      ...(temporaryUrl === undefined ? {} : { temporaryUrl }),
    },
  };
}

/** The maker's own answer, which the platform hands on for this model. */
const ideogramAnswer = (job: Job, urls: readonly string[]) =>
  urls.length === 0
    ? {}
    : {
        created: new Date(job.finishedAt ?? job.createdAt).toISOString(),
        data: urls.map((url, index) => ({
          url,
          prompt: job.request.prompt ?? "",
          resolution: `${job.results[index]?.width}x${job.results[index]?.height}`,
          is_image_safe: true,
          seed: job.request.seed ?? 0,
          style_type: job.request.providerOptions["styleType"] ?? "AUTO",
        })),
      };
