import type { PollOutcome, Provider, ProviderFailure, ProviderJob, ProviderOutput, SubmitOutcome } from "@infill/core";
import { baseUrlOf } from "../base-url.ts";
import { beforeSending, unansweredSubmit, unansweredQuestion as unheard } from "../failures.ts";
import { configuredKey } from "../key.ts";
import type { ProviderDeps } from "../load.ts";
import { pictureOutput } from "../picture.ts";
import { failedWork, type Refusal, resultWithheld, unansweredQuestion, unclear } from "../verdict.ts";
import { readAnswer, type VendorAnswer } from "./answer.ts";
import { oneMinModels } from "./models.ts";
import { readWish } from "./request.ts";
import { uploadAll } from "./upload.ts";
import { refusedFeature, VENDOR, VENDOR_URL } from "./verdict.ts";

export interface OneMinOptions {
  /** Asks for an answer at once, and for the result later. Default true: else the request is held for minutes. */
  async?: boolean;
  /** Where pictures without a link of their own may lie. Default the vendor's, or the simulator itself. */
  assetBase?: string;
}

const ASSET_URL = "https://asset.1min.ai";
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** What a request that is held until the picture is done may take. */
const HELD_MS = 300_000;

/**
 * 1min.ai's image mask editors: the pictures are uploaded (`POST /api/assets`, free), the work is bought
 * (`POST /api/features`), and unless that answers with the result it is asked for (`GET /api/results/{uuid}`).
 * The platform resells other makers' models, knows no idempotency key, and calls nobody back.
 */
export function createOneMin(deps: ProviderDeps, { async = true, assetBase }: OneMinOptions = {}): Provider {
  const { http, simulated, now = Date.now, timeoutMs = {} } = deps;
  const base = baseUrlOf(deps, VENDOR_URL);
  const assets = baseUrlOf({ baseUrl: assetBase }, simulated === true ? base : ASSET_URL);

  const keyFor = (accepted: "no" | "yes") => configuredKey(VENDOR, deps.key, accepted);

  const outputs = (pictures: string[][]): ProviderOutput[] =>
    pictures.map((places) => pictureOutput(places, { vendor: VENDOR, http, timeoutMs: timeoutMs.download ?? 60_000 }));

  return {
    name: "1min",
    models: oneMinModels,
    ...(simulated === undefined ? {} : { simulated }),

    async submit(request, { signal }): Promise<SubmitOutcome> {
      const { prompt, feature } = readWish(request, oneMinModels, async);
      const hide = new Set([prompt, request.negativePrompt ?? ""]);
      const headers = () =>
        beforeSending(VENDOR, async () => {
          const key = await keyFor("no");
          hide.add(key);
          return { "API-KEY": key };
        });
      const patienceMs = timeoutMs.submit ?? (async ? 60_000 : HELD_MS);
      const uploads = { http, base, headers, timeoutMs: patienceMs, signal, hide: () => [...hide], now };
      const body = feature(await uploadAll(request, uploads));

      const response = await http
        .json(`${base}/api/features`, {
          method: "POST",
          headers: await headers(),
          body,
          timeoutMs: patienceMs,
          maxBytes: MAX_ANSWER_BYTES,
          signal,
        })
        .catch((error) => {
          throw unansweredSubmit(VENDOR, error);
        });
      const { status } = response;
      const said = { vendor: VENDOR, status, headers: response.headers, hide: [...hide], now: now() };
      if (status < 200 || status >= 300) throw refusedFeature(said, response.body);

      const answer = readAnswer(response.body, assets);
      const job: ProviderJob | undefined = answer.id === undefined ? undefined : { id: answer.id };
      if (answer.state === "processing" && job !== undefined) return { state: "accepted", job };
      const failure = failureOf(answer, said);
      if (failure !== undefined) throw failure;
      if (answer.state !== "success") throw unclear(VENDOR, status);
      return { state: "succeeded", ...(job === undefined ? {} : { job }), outputs: outputs(answer.pictures) };
    },

    async poll({ id }, { signal, hide }): Promise<PollOutcome> {
      const key = await keyFor("yes");
      const response = await http
        .json(`${base}/api/results/${encodeURIComponent(id)}`, {
          method: "GET",
          headers: { "API-KEY": key },
          timeoutMs: timeoutMs.poll ?? 30_000,
          maxBytes: MAX_ANSWER_BYTES,
          signal,
        })
        .catch((error) => {
          throw unheard(VENDOR, error);
        });
      const { status } = response;
      const said: Refusal = {
        vendor: VENDOR,
        status,
        headers: response.headers,
        text: "",
        hide: [key, ...hide],
        now: now(),
      };
      const answer = readAnswer(response.body, assets);
      if (status !== 200 || answer.state === "unknown") throw unansweredQuestion(said);
      const failure = failureOf(answer, said);
      if (failure !== undefined) return { state: "failed", failure };
      // `absent` is work that cannot be seen yet: it was accepted under this very id
      if (answer.state !== "success") return { state: "processing" };
      return { state: "succeeded", outputs: outputs(answer.pictures) };
    },
  };
}

/** How accepted work failed, where it did. Whether credits come back is not documented. */
function failureOf(
  { state, withheld, pictures, text }: VendorAnswer,
  { hide }: Pick<Refusal, "hide">,
): ProviderFailure | undefined {
  const failed = (words: string) => failedWork({ vendor: VENDOR, text: words, hide });
  if (state === "failure") return failed(text);
  if (state !== "success") return undefined;
  if (withheld) return resultWithheld(VENDOR);
  return pictures.length > 0 ? undefined : failed("it told of success and named no picture");
}
