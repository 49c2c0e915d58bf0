import { hasAlphaChannel, InfillError, type Job, type Objects, type StoredResult, wordFor } from "@infill/core";
import type { CompatDeps } from "../context.ts";
import { base64Json, readResult } from "../results.ts";

/** The tokens that the model's vendor counted; of those that count none, zeros: clients add them up. */
const usageOf = ({ usage = {} }: Job) => ({
  input_tokens: usage["input_tokens"] ?? 0,
  input_tokens_details: {
    image_tokens: usage["input_image_tokens"] ?? 0,
    text_tokens: usage["input_text_tokens"] ?? 0,
  },
  output_tokens: usage["output_tokens"] ?? 0,
  total_tokens: usage["total_tokens"] ?? 0,
});

const seconds = (ms: number | undefined): number => Math.floor((ms ?? 0) / 1000);

const settingsOf = ({ request }: Job, { width, height }: StoredResult) => ({
  output_format: request.outputFormat,
  quality: request.quality ?? "auto",
  size: `${width}x${height}`,
});

function* base64Field(bytes: Uint8Array): Generator<string> {
  yield '"b64_json":';
  yield* base64Json(bytes);
}

const backgroundOf = (bytes: Uint8Array) => (hasAlphaChannel(bytes) ? "transparent" : "opaque");

/**
 * The images response of a job that succeeded. The first picture has been read when it resolves: what goes
 * wrong with storage has a status of its own then. Others are read as they are sent.
 */
export async function imagesResponse(objects: Objects, job: Job): Promise<AsyncGenerator<string>> {
  const [first, ...others] = job.results;
  if (first === undefined) throw new InfillError("internal", "The edit succeeded without a picture");
  const picture = await readResult(objects, first);
  return (async function* () {
    yield `{"created":${seconds(job.finishedAt)},"data":[{`;
    yield* base64Field(picture);
    for (const result of others) {
      yield "},{";
      yield* base64Field(await readResult(objects, result));
    }
    const rest = { background: backgroundOf(picture), ...settingsOf(job, first), usage: usageOf(job) };
    yield `}],${JSON.stringify(rest).slice(1)}`;
  })();
}

/** One `image_edit.completed` a result, as server-sent events. */
export async function* completedEvents(objects: Objects, job: Job): AsyncGenerator<string> {
  const type = "image_edit.completed";
  for (const result of job.results) {
    const bytes = await readResult(objects, result);
    const rest = {
      type,
      created_at: seconds(job.finishedAt),
      background: backgroundOf(bytes),
      ...settingsOf(job, result),
      usage: usageOf(job),
    };
    yield `event: ${type}\ndata: {`;
    yield* base64Field(bytes);
    yield `,${JSON.stringify(rest).slice(1)}\n\n`;
  }
}

/**
 * An `image_edit.partial_image`: the part of the photo that the model works on, as it stands. Nothing where that
 * cannot be read: the whole picture is next.
 */
export async function* partialEvent(
  deps: Pick<CompatDeps, "objects" | "clock" | "log">,
  job: Job,
  index: number,
): AsyncGenerator<string> {
  const bytes = await readPreview(deps, job);
  if (bytes === undefined) return;
  const type = "image_edit.partial_image";
  const { width, height } = job.plan?.work ?? { width: 0, height: 0 };
  const rest = {
    type,
    partial_image_index: index,
    created_at: seconds(deps.clock.now()),
    background: "opaque",
    output_format: "png",
    quality: job.request.quality ?? "auto",
    size: `${width}x${height}`,
  };
  yield `event: ${type}\ndata: {`;
  yield* base64Field(bytes);
  yield `,${JSON.stringify(rest).slice(1)}\n\n`;
}

async function readPreview(
  { objects, log }: Pick<CompatDeps, "objects" | "log">,
  { id, preview }: Job,
): Promise<Uint8Array | undefined> {
  if (preview === undefined) return undefined;
  try {
    return await objects.read(preview);
  } catch (error) {
    // gone when the job ended meanwhile; to whoever may not list, S3 says 403 of that, too
    if (error instanceof InfillError && error.code === "asset_missing") return undefined;
    // in storage's own words, which name a key at most
    const reason = error instanceof InfillError ? error.message : wordFor(error);
    log.warn("a partial picture could not be read", { job: id, error: reason });
    return undefined;
  }
}
