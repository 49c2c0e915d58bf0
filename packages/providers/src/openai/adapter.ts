import type { Provider, ProviderCall, ProviderOutput, ProviderRequest, SubmitOutcome } from "@infill/core";
import { baseUrlOf } from "../base-url.ts";
import { beforeSending, unansweredSubmit } from "../failures.ts";
import type { RawRequest } from "../http.ts";
import { configuredKey } from "../key.ts";
import type { ProviderDeps } from "../load.ts";
import { multipart } from "../multipart.ts";
import { pictureOutput } from "../picture.ts";
import { requestedModel } from "../requested.ts";
import { unclear } from "../verdict.ts";
import { readAnswer } from "./answer.ts";
import { openAiModels } from "./models.ts";
import { partialsOf, toEditForm } from "./request.ts";
import { createEditStream } from "./stream.ts";
import { usageOf } from "./usage.ts";
import { failedStream, lostStream, refused, type Said, VENDOR, VENDOR_URL } from "./verdict.ts";

/** A large picture at high quality takes minutes. */
const SUBMIT_TIMEOUT_MS = 300_000;

/** One paid request, ready to be sent. */
interface Prepared {
  url: string;
  request: RawRequest;
  /** By the vendor's own name. */
  model: string;
  hide: readonly string[];
}

/**
 * OpenAI's image edits (`POST /v1/images/edits`): one answer that takes as long as the work, or a stream of
 * server-sent events where pictures of the work under way are wanted. Knows no idempotency key, and nothing
 * can be asked for later: an answer that is lost is lost, and paid for.
 */
export function createOpenAi(deps: ProviderDeps): Provider {
  const { http, now = Date.now } = deps;
  const base = baseUrlOf(deps, VENDOR_URL);

  async function prepare(request: ProviderRequest, signal: AbortSignal): Promise<Prepared> {
    const key = await configuredKey(VENDOR, deps.key, "no");
    const form = await toEditForm(request, requestedModel(VENDOR, openAiModels, request.model));
    const { body, contentType } = await multipart(form);
    return {
      url: `${base}/v1/images/edits`,
      request: {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": contentType },
        body,
        timeoutMs: deps.timeoutMs?.submit ?? SUBMIT_TIMEOUT_MS,
        maxBytes: mostBytes(request),
        signal,
      },
      model: form.model,
      hide: [key, form.prompt],
    };
  }

  const succeeded = (pictures: readonly string[], usage: ReturnType<typeof usageOf>): SubmitOutcome => ({
    state: "succeeded",
    outputs: pictures.map(
      (picture): ProviderOutput =>
        pictureOutput([picture], { vendor: VENDOR, http, timeoutMs: deps.timeoutMs?.download ?? 60_000 }),
    ),
    ...usage,
  });

  const said = (headers: Headers, { hide }: Prepared): Said => ({ headers, hide, now: now() });

  async function inOneAnswer(prepared: Prepared): Promise<SubmitOutcome> {
    const { status, headers, bytes } = await http.send(prepared.url, prepared.request).catch((error) => {
      throw unansweredSubmit(VENDOR, error);
    });
    const { pictures, usage, error } = readAnswer(bytes);
    if (status !== 200) throw refused({ ...said(headers, prepared), status }, error);
    if (pictures.length === 0) throw unclear(VENDOR, status);
    return succeeded(pictures, usageOf(prepared.model, [usage]));
  }

  async function asAStream(prepared: Prepared, request: ProviderRequest, call: ProviderCall): Promise<SubmitOutcome> {
    const { n } = request;
    const stream = createEditStream({ n, partials: partialsOf(request) }, call.onProgress);
    const errorBody: Uint8Array[] = [];
    let broken: unknown;
    const answer = await http
      .send(prepared.url, {
        ...prepared.request,
        onData: (piece, status) => void (status === 200 ? stream.read(piece) : errorBody.push(piece)),
      })
      .catch((error: unknown) => {
        broken = error;
      });
    const { pictures, usages, error, begun } = stream.end();
    // a completed picture is whole and paid for, whatever became of the rest
    if (pictures.length > 0) return succeeded(pictures, pictures.length < n ? {} : usageOf(prepared.model, usages));
    if (answer === undefined) throw unansweredSubmit(VENDOR, broken);
    const { status, headers } = answer;
    if (status !== 200)
      throw refused({ ...said(headers, prepared), status }, readAnswer(Buffer.concat(errorBody)).error);
    throw error === undefined
      ? lostStream("its stream ended without a picture")
      : failedStream(said(headers, prepared), error, begun);
  }

  return {
    name: "openai",
    models: openAiModels,
    ...(deps.simulated === undefined ? {} : { simulated: deps.simulated }),

    async submit(request, call) {
      const prepared = await beforeSending(VENDOR, () => prepare(request, call.signal));
      return partialsOf(request) > 0 ? asAStream(prepared, request, call) : inOneAnswer(prepared);
    },
  };
}

/** As much as its pictures could weigh uncompressed, in base64; of many, as much as 16. */
function mostBytes(request: ProviderRequest): number {
  const { n, size } = request;
  const pictures = Math.min(16, n * (partialsOf(request) + 1));
  return Math.ceil(pictures * size.width * size.height * 4 * 1.4) + 64 * 1024;
}
