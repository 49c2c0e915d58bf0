import type { Job } from "./job.ts";
import { type Links, resultLink } from "./present.ts";

/** A finished job as ModelsLab tells it, to whoever fetches and to webhooks. */
export function modelsLabSuccess(links: Links, job: Job, id: number) {
  const output = job.results.map((_, index) => resultLink(links, job, index));
  return { status: "success", id, output, proxy_links: output };
}

/** Seconds that the model took. */
export const generationTime = ({ submittedAt, answeredAt }: Job): number =>
  submittedAt === undefined || answeredAt === undefined ? 0 : (answeredAt - submittedAt) / 1000;

/** What ModelsLab repeats of a request, as far as the job still knows it. */
export function modelsLabMeta({ request, plan, image }: Job) {
  const { width, height } = plan?.work ?? request.size ?? image;
  return {
    H: height,
    W: width,
    file_prefix: "",
    guidance_scale: request.guidanceScale ?? 5,
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
  const unsafe = job.error?.code === "content_rejected" ? { nsfw_content_detected: true } : {};
  return { status: "failed", id, message, output: "", ...unsafe };
}

/** The body of a webhook in ModelsLab's words. */
export function modelsLabWebhook(links: Links, job: Job, id: number): object {
  const { trackId: track_id = null } = job.request.webhookFormat ?? {};
  if (job.status !== "succeeded") return { ...modelsLabFailure(job, id), track_id };
  const meta = { ...modelsLabMeta(job), file_prefix: job.id };
  return { ...modelsLabSuccess(links, job, id), generationTime: generationTime(job), track_id, meta };
}
