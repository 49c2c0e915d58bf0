import { hasAlphaChannel, type Job, type Objects, type StoredResult } from "@infill/core";

/** What Infill bills by is pictures; clients that add up tokens find none. */
const USAGE = {
  input_tokens: 0,
  input_tokens_details: { image_tokens: 0, text_tokens: 0 },
  output_tokens: 0,
  total_tokens: 0,
};

/** A multiple of three bytes, so that base64 can be cut there. */
const SLICE = 3 * 256 * 1024;

const seconds = (ms: number | undefined): number => Math.floor((ms ?? 0) / 1000);

const settingsOf = ({ request }: Job, { width, height }: StoredResult) => ({
  output_format: request.outputFormat,
  quality: request.quality ?? "auto",
  size: `${width}x${height}`,
});

/** `"b64_json":"…"`, so many bytes at a time: one picture is in memory, and never its text. */
function* base64Field(bytes: Uint8Array): Generator<string> {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  yield '"b64_json":"';
  for (let at = 0; at < all.length; at += SLICE) yield all.toString("base64", at, Math.min(all.length, at + SLICE));
  yield '"';
}

const backgroundOf = (bytes: Uint8Array) => (hasAlphaChannel(bytes) ? "transparent" : "opaque");

/** The images response of a job that succeeded, read from storage as it is sent. */
export async function* imagesResponse(objects: Objects, job: Job): AsyncGenerator<string> {
  let background = "opaque";
  yield `{"created":${seconds(job.finishedAt)},"data":[`;
  for (const [index, { key }] of job.results.entries()) {
    const bytes = await objects.read(key);
    if (index === 0) background = backgroundOf(bytes);
    yield index === 0 ? "{" : ",{";
    yield* base64Field(bytes);
    yield "}";
  }
  const [first] = job.results;
  const rest = { background, ...(first && settingsOf(job, first)), usage: USAGE };
  yield `],${JSON.stringify(rest).slice(1)}`;
}

/** One `image_edit.completed` a result, as server-sent events. */
export async function* completedEvents(objects: Objects, job: Job): AsyncGenerator<string> {
  const type = "image_edit.completed";
  for (const result of job.results) {
    const bytes = await objects.read(result.key);
    const rest = {
      type,
      created_at: seconds(job.finishedAt),
      background: backgroundOf(bytes),
      ...settingsOf(job, result),
      usage: USAGE,
    };
    yield `event: ${type}\ndata: {`;
    yield* base64Field(bytes);
    yield `,${JSON.stringify(rest).slice(1)}\n\n`;
  }
}
