import { InfillError, jobError } from "./errors.ts";
import { createHttp, type Http, type HttpOptions, sleep } from "./http.ts";
import { type Picture, toUpload } from "./pictures.ts";
import { defaultTransport, type UploadTransport } from "./transports.ts";
import type {
  EditOptions,
  Estimate,
  ImageReference,
  InpaintRequest,
  Job,
  JobResult,
  Me,
  Model,
  ReportReason,
  SignedUpload,
  UploadRequest,
  UploadState,
} from "./types.ts";

export interface InfillOptions extends HttpOptions {
  /** How pictures get to storage. Default: XMLHttpRequest, which tells progress, where there is one and no `fetch` is given; else fetch. */
  upload?: UploadTransport;
}

export interface Progress {
  phase: "uploading" | "queued" | "preparing" | "submitted" | "storing" | "done";
  /** 0–1, of the whole edit. */
  progress: number;
  job?: Job;
}

export interface FollowOptions {
  onProgress?: (progress: Progress) => void;
  /** Ends the wait. The job goes on, unless `cancelOnAbort` says otherwise. */
  signal?: AbortSignal;
  cancelOnAbort?: boolean;
}

export interface EditInput extends EditOptions, FollowOptions {
  /** A picture, an uploaded one's id (`ast_…`), or a result of an earlier job. */
  image: Picture | { job: string; result?: number };
  mask: Picture;
  /** Called as soon as there is a job: keep its id, and `resume` goes on after the app was closed. */
  onJob?: (id: string) => void;
  /** The same key again is the same job. Default: one of its own. */
  idempotencyKey?: string;
}

/** A result, and its picture when it is wanted. */
export interface Result extends JobResult {
  blob(): Promise<Blob>;
  data(): Promise<Uint8Array>;
}

export interface Edited {
  job: Job;
  results: Result[];
}

/** The share of an edit's progress that uploading is. */
const UPLOADING = 0.2;
const ENDED = new Set(["succeeded", "failed", "canceled"]);

/**
 * The client of an Infill backend.
 *
 * @example
 * const infill = createInfill({ baseUrl: "https://edit.example.com", token: () => myBackend.infillToken() });
 * const { results } = await infill.edit({ model: "stable-image", image: photo, mask, prompt: "a red sofa" });
 * image.src = results[0].link;
 */
export function createInfill(options: InfillOptions) {
  const fetcher: typeof fetch = options.fetch ?? ((...call) => fetch(...call));
  const http = createHttp(options);
  const transport = options.upload ?? defaultTransport(options.fetch);
  const pause = options.sleep ?? sleep;

  const uploads = {
    /** Signs one upload. */
    sign: (upload: UploadRequest, signal?: AbortSignal) => ask<SignedUpload>(http, "/v1/uploads", upload, signal),
    /** Signs several at once. */
    signAll: async (wanted: readonly UploadRequest[], signal?: AbortSignal) =>
      (await ask<{ uploads: SignedUpload[] }>(http, "/v1/uploads", { uploads: wanted }, signal)).uploads,
    get: (id: string) => read<UploadState>(http, `/v1/uploads/${encodeURIComponent(id)}`),
    /** Signs the same upload again, once its address has expired. */
    renew: (id: string) => ask<SignedUpload>(http, `/v1/uploads/${encodeURIComponent(id)}/renew`, {}),
  };

  /** Uploads pictures. @returns their ids */
  async function store(
    pictures: readonly { picture: Picture; purpose: "image" | "mask" }[],
    { signal, onShare = () => {} }: { signal?: AbortSignal | undefined; onShare?: (share: number) => void } = {},
  ): Promise<string[]> {
    const bodies = await Promise.all(pictures.map(({ picture }) => toUpload(picture, fetcher)));
    const signed = await uploads.signAll(
      bodies.map(({ contentType, contentLength }, i) => ({
        purpose: pictures[i]?.purpose ?? "image",
        contentType,
        contentLength,
      })),
      signal,
    );
    const shares = bodies.map(() => 0);
    const total = bodies.reduce((sum, { contentLength }) => sum + contentLength, 0);
    await Promise.all(
      bodies.map(async (body, i) => {
        const told = (share: number) => {
          shares[i] = share * body.contentLength;
          onShare(shares.reduce((sum, each) => sum + each, 0) / total);
        };
        const to = signed[i];
        if (to === undefined) throw new InfillError("unexpected_answer", "An upload was not signed");
        await patiently(() => transport({ ...body, to, signal, onProgress: told }), signal);
        told(1);
      }),
    );
    return signed.map(({ id }) => id);
  }

  /** Storage hiccups: a PUT that creates is safe to repeat. */
  async function patiently<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof InfillError) || !error.retryable || attempt >= (options.retries ?? 4)) throw error;
        await pause(500 * 2 ** attempt, signal);
      }
    }
  }

  const jobs = {
    get: (id: string, signal?: AbortSignal) => read<Job>(http, jobPath(id), signal),
    /** Newest first, page after page. */
    async *list(query: { limit?: number; user?: string } = {}): AsyncGenerator<Job> {
      let after: string | undefined;
      do {
        const search = new URLSearchParams(
          Object.entries({ ...query, after }).flatMap(([name, value]) =>
            value === undefined ? [] : [[name, String(value)]],
          ),
        );
        const page = await read<{ data: Job[]; next?: string }>(http, `/v1/jobs?${search}`);
        yield* page.data;
        after = page.next;
      } while (after !== undefined);
    },
    cancel: (id: string) => ask<Job>(http, `${jobPath(id)}/cancel`, {}),
    /** Erases a job and its pictures. `deleted: false`: it is being canceled, and goes at its end. */
    delete: async (id: string): Promise<{ deleted: boolean }> =>
      (await http(jobPath(id), { method: "DELETE" })).json() as Promise<{ deleted: boolean }>,
    /** Says what is wrong with what a job shows; a later report takes its place. */
    report: (id: string, report: { reason: ReportReason; text?: string }): Promise<unknown> =>
      ask(http, `${jobPath(id)}/report`, report),
  };

  /** Waits for a job's end, asking as often as the server suggests. @throws InfillError the job's own error */
  async function follow(first: Job, { onProgress, signal, cancelOnAbort }: FollowOptions): Promise<Edited> {
    let job = first;
    let etag = "";
    try {
      while (!ENDED.has(job.status)) {
        onProgress?.(progressOf(job));
        const answer = await http(jobPath(job.id), { signal, conditional: true, headers: { "if-none-match": etag } });
        if (answer.status !== 304) job = (await answer.json()) as Job;
        etag = answer.headers.get("etag") ?? etag;
        if (!ENDED.has(job.status)) await pause(1000 * (Number(answer.headers.get("retry-after")) || 1), signal);
      }
    } catch (error) {
      if (cancelOnAbort && error instanceof InfillError && error.code === "aborted") await jobs.cancel(job.id);
      throw error;
    }
    onProgress?.(progressOf(job));
    if (job.status !== "succeeded") throw jobError(job.id, job.error);
    const result = (each: JobResult): Result => ({
      ...each,
      blob: async () => (await fetched(each)).blob(),
      data: async () => new Uint8Array(await (await fetched(each)).arrayBuffer()),
    });
    return { job, results: job.results.map(result) };
  }

  /** By the link that needs no key: a redirect to storage must not be sent ours. */
  const fetched = ({ link }: JobResult): Promise<Response> =>
    patiently(async () => {
      const answer = await fetcher(link).catch((cause: unknown) => {
        throw new InfillError("network", "The result could not be fetched", { retryable: true, cause });
      });
      if (answer.ok) return answer;
      const retryable = answer.status >= 500;
      throw new InfillError("not_found", `The result's link answered ${answer.status}`, {
        status: answer.status,
        retryable,
      });
    }, undefined);

  return {
    uploads,
    jobs,

    /** Asks for an edit of uploaded pictures. */
    inpaint: (
      request: InpaintRequest,
      { idempotencyKey = newKey(), signal }: { idempotencyKey?: string; signal?: AbortSignal | undefined } = {},
    ) => ask<Job>(http, "/v1/inpaint", request, signal, { "idempotency-key": idempotencyKey }),
    /** What it would cost; pictures are not needed. */
    estimate: (request: EditOptions) => ask<Estimate>(http, "/v1/inpaint/estimate", request),

    /** Who holds this key or token, and what is left to them. */
    me: () => read<Me>(http, "/v1/me"),
    models: async () => (await read<{ data: Model[] }>(http, "/v1/models")).data,
    model: (id: string) => read<Model>(http, `/v1/models/${id}`),

    /** Uploads, asks, waits, and gives the results. @throws InfillError */
    async edit(input: EditInput): Promise<Edited> {
      const { image, mask, onJob, onProgress, signal, cancelOnAbort, idempotencyKey = newKey(), ...request } = input;
      const pictures = [
        ...(isReference(image) ? [] : [{ picture: image, purpose: "image" as const }]),
        ...(isReference(mask) ? [] : [{ picture: mask, purpose: "mask" as const }]),
      ];
      const onShare = (share: number) => onProgress?.({ phase: "uploading", progress: UPLOADING * share });
      const ids = pictures.length === 0 ? [] : await store(pictures, { signal, onShare });
      const imageRef = isReference(image) ? image : (ids.shift() ?? "");
      const maskRef = isReference(mask) ? (mask as string) : (ids.shift() ?? "");
      const job = await this.inpaint({ ...request, image: imageRef, mask: maskRef }, { idempotencyKey, signal });
      onJob?.(job.id);
      return follow(job, {
        ...(onProgress && { onProgress }),
        ...(signal && { signal }),
        ...(cancelOnAbort && { cancelOnAbort }),
      });
    },

    /** Goes on waiting for a job that was begun earlier. @throws InfillError */
    resume: async (id: string, how: FollowOptions = {}): Promise<Edited> => follow(await jobs.get(id, how.signal), how),
  };
}

export type Infill = ReturnType<typeof createInfill>;

const jobPath = (id: string): string => `/v1/jobs/${encodeURIComponent(id)}`;

const isReference = (picture: EditInput["image"]): picture is Exclude<ImageReference, string> | string =>
  typeof picture === "string"
    ? /^ast_[0-9a-z]{26}$/.test(picture)
    : typeof picture === "object" && "job" in picture && typeof picture.job === "string";

function progressOf(job: Job): Progress {
  const phase = ENDED.has(job.status) ? "done" : (job.phase ?? "queued");
  return { phase, progress: UPLOADING + (1 - UPLOADING) * job.progress, job };
}

async function read<T>(http: Http, path: string, signal?: AbortSignal): Promise<T> {
  return (await http(path, { signal })).json() as Promise<T>;
}

async function ask<T>(
  http: Http,
  path: string,
  json: unknown,
  signal?: AbortSignal,
  headers: Record<string, string> = {},
): Promise<T> {
  return (await http(path, { method: "POST", json, signal, headers })).json() as Promise<T>;
}

/** 128 random bits; React Native may have no `crypto`. */
function newKey(): string {
  if (typeof crypto !== "undefined" && typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from({ length: 4 }, () => Math.random().toString(36).slice(2, 10)).join("-");
}
