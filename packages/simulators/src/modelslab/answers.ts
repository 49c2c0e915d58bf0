import { base64Name, type Job, pictureName, toBase64 } from "./jobs.ts";
import { type LinkKind, linkUrl } from "./links.ts";

type Body = Record<string, unknown>;

/** The finished job as the submit call answers it. */
export function submitSuccess(job: Job, base: string): Body {
  return {
    status: "success",
    generationTime: generationTime(job),
    id: job.id,
    output: outputs(job, base),
    ...proxyLinks(job, base),
    ...safety(job),
    meta: meta(job),
  };
}

export function submitProcessing(job: Job, base: string): Body {
  return {
    status: "processing",
    tip: "Your image is processing in background, you can get this image using fetch API: the link to the fetch API is in the response body.",
    eta: Math.ceil(job.etaSeconds),
    message: "Try to fetch request after seconds estimated",
    fetch_result: `${base}/api/v6/images/fetch/${job.id}`,
    id: job.id,
    output: [],
    future_links: inline(job) ? [] : linkList(job, base, "future"),
    ...proxyLinks(job, base),
    meta: meta(job),
  };
}

/** What became of the job, for `fetch`. */
export function fetchAnswer(job: Job, base: string): Body {
  switch (job.state) {
    case "processing":
      return fetchProcessing(job);
    case "success":
      return { status: "success", id: job.id, output: outputs(job, base), ...proxyLinks(job, base), ...safety(job) };
    case "failed":
    case "error":
      return { status: job.state, id: job.id, message: job.failure, output: "" };
  }
}

export function fetchProcessing(job: Job): Body {
  if (job.behaviour.processingShape !== "with-id") return { status: "processing", message: "Try Again", output: "" };
  return { status: "processing", id: job.id, message: "Try Again", output: [] };
}

/** The body of a webhook call that tells what became of the job. */
export function callbackResult(job: Job, base: string): Body {
  if (job.state === "processing") return callbackProcessing(job);
  if (job.state !== "success") return callbackFailed(job);
  const output = outputs(job, base);
  return { ...callbackEmpty(job), output, ...safety(job) };
}

export function callbackEmpty(job: Job): Body {
  return {
    status: "success",
    id: job.id,
    output: [],
    generationTime: generationTime(job),
    track_id: job.submit.trackId,
    meta: meta(job),
  };
}

export function callbackProcessing(job: Job): Body {
  return { status: "processing", id: job.id, output: [], track_id: job.submit.trackId };
}

export function callbackFailed(job: Job): Body {
  return { status: "failed", id: job.id, message: job.failure ?? "Generation failed", track_id: job.submit.trackId };
}

/** Whether `output` holds the pictures themselves instead of links. */
function inline({ submit, behaviour }: Job): boolean {
  return submit.base64 && (behaviour.base64Form ?? "link") !== "link";
}

function outputs(job: Job, base: string): string[] {
  if (job.behaviour.outcome === "empty") return [];
  if (!inline(job)) return linkList(job, base, "output");
  const prefix = job.behaviour.base64Form === "data-uri" ? "data:image/png;base64," : "";
  return job.pictures.map((bytes) => prefix + toBase64(bytes));
}

function linkList(job: Job, base: string, kind: LinkKind): string[] {
  const name = job.submit.base64 ? base64Name : pictureName;
  return Array.from({ length: job.submit.samples }, (_, index) => linkUrl(base, kind, name(job, index)));
}

function proxyLinks(job: Job, base: string): Body {
  const form = job.behaviour.proxyLinks ?? "array";
  if (form === "absent") return {};
  const list = inline(job) ? [] : linkList(job, base, "proxy");
  return { proxy_links: form === "array" ? list : { ...list } };
}

function safety(job: Job): Body {
  return job.submit.safetyChecker ? { nsfw_content_detected: job.flagged } : {};
}

function generationTime({ acceptedAt, finishedAt = acceptedAt }: Job): number {
  return (finishedAt - acceptedAt) / 1000;
}

function meta({ submit, filePrefix, seed }: Job): Body {
  return {
    H: submit.height,
    W: submit.width,
    file_prefix: filePrefix,
    guidance_scale: submit.guidanceScale,
    init_image: submit.base64 ? "base64" : submit.initImage,
    mask_image: submit.base64 ? "base64" : submit.maskImage,
    n_samples: submit.samples,
    negative_prompt: submit.negativePrompt ?? "",
    outdir: "out",
    prompt: submit.enhancePrompt ? `${submit.prompt} DSLR photography, sharp focus, 8K, RAW` : submit.prompt,
    safetychecker: submit.safetyChecker ? "yes" : "no",
    seed,
    steps: submit.steps,
    strength: submit.strength,
  };
}
