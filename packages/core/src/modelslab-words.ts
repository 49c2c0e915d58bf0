import type { Job, WebhookFormat } from "./job.ts";
import { type Links, resultLink } from "./present.ts";

/** A finished job as ModelsLab tells it, to whoever fetches and to webhooks. */
export function modelsLabSuccess(links: Links, job: Job, id: number) {
  const output = job.results.map((_, index) => resultLink(links, job, index));
  return { status: "success", id, output, proxy_links: output };
}

/** Seconds that the model took. */
export const generationTime = ({ submittedAt, answeredAt }: Job): number =>
  submittedAt === undefined || answeredAt === undefined ? 0 : (answeredAt - submittedAt) / 1000;

/** Photo and mask as ModelsLab repeats them: their addresses, or that they came along. */
type Pictures = NonNullable<WebhookFormat["pictures"]>;
const CAME_ALONG: Pictures = { init_image: "base64", mask_image: "base64" };

/** What ModelsLab repeats of a request. */
export function modelsLabMeta({ id, request, plan, image }: Job, pictures: Pictures = CAME_ALONG) {
  const { width, height } = plan?.work ?? request.size ?? image;
  return {
    H: height,
    W: width,
    file_prefix: id,
    guidance_scale: request.guidanceScale ?? 5,
    init_image: pictures.init_image,
    mask_image: pictures.mask_image,
    n_samples: request.n,
    negative_prompt: request.negativePrompt ?? "",
    outdir: "out",
    prompt: request.prompt ?? "",
    safetychecker: request.providerOptions["safetyChecker"] === true ? "yes" : "no",
    seed: request.seed ?? null,
    steps: request.steps ?? 30,
    strength: request.strength ?? 0.7,
  };
}

/** A job that came to nothing. */
export function modelsLabFailure(job: Job, id: number | "") {
  const message = job.error?.message ?? "The edit was canceled";
  const withheld = job.error?.code === "content_rejected" && job.moderation?.state !== "refused";
  const unsafe = withheld ? { nsfw_content_detected: true } : {};
  return { status: "failed", id, message, output: "", ...unsafe };
}

/** The body of a webhook in ModelsLab's words. */
export function modelsLabWebhook(links: Links, job: Job, id: number): object {
  const { trackId: track_id = null, pictures } = job.request.webhookFormat ?? {};
  if (job.status !== "succeeded") return { ...modelsLabFailure(job, id), track_id };
  const meta = modelsLabMeta(job, pictures);
  return { ...modelsLabSuccess(links, job, id), generationTime: generationTime(job), track_id, meta };
}
