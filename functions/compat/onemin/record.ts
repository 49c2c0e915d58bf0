import { type Job, type Links, resultLink, uuidOf } from "@infill/core";
import { IDEOGRAM, type PromptObject } from "./tables.ts";

/** Whose words they are. */
export const FORMAT = "1min";

/** What a job keeps of a request, so that it can be told later: its prompts are on the job already. */
export function wordsOf(model: string, promptObject: PromptObject): string {
  const { prompt: _, negative_prompt: __, ...rest } = promptObject;
  return JSON.stringify({ format: FORMAT, model, promptObject: rest });
}

/** `undefined` for a job that another format made. */
function askedFor({ words, request }: Job): { model: string; promptObject: PromptObject } | undefined {
  const { format, model, promptObject } = JSON.parse(words ?? "{}");
  if (format !== FORMAT) return undefined;
  const { prompt, negativePrompt } = request;
  const prompts = {
    ...(prompt === undefined ? {} : { prompt }),
    ...(negativePrompt === undefined ? {} : { negative_prompt: negativePrompt }),
  };
  return { model, promptObject: { ...prompts, ...promptObject } };
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
  const asked = askedFor(job);
  if (asked === undefined) return undefined;
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
        promptObject: promptObject ?? asked.promptObject,
        // relative to the address of this API, as the platform's are to its bucket
        resultObject: urls.map((url) => new URL(url).pathname.slice(1)),
        responseObject: asked.model === IDEOGRAM ? ideogramAnswer(job, urls) : {},
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
