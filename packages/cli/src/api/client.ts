import { type Clock, createHttp, type Http, LONGEST_PAUSE_MS, readJson, retryAfterMs, type Transport } from "./http.ts";
import { readProblem } from "./problem.ts";
import type {
  EndpointView,
  Estimate,
  EstimateBody,
  EventPage,
  EventView,
  InpaintBody,
  JobPage,
  JobView,
  ListedModel,
  NewEndpoint,
  SignedUpload,
  UnreconciledList,
  UploadState,
  UploadWish,
  Usage,
  UserBlock,
  UserDeletion,
  WebhookSecrets,
} from "./types.ts";

const ENDED: ReadonlySet<string> = new Set(["succeeded", "failed", "canceled"]);
export const hasEnded = (job: JobView): boolean => ENDED.has(job.status);

/** Seconds that cancel and follow let the server hold its answer at most. */
const HOLD_SECONDS = 25;

const endpointPath = (id: string): string => `/v1/webhooks/${encodeURIComponent(id)}`;
const jobPath = (id: string): string => `/v1/jobs/${encodeURIComponent(id)}`;

/** The native API over HTTP, typed. Every method throws `ApiProblem` or `Unreachable`. */
export function createClient(settings: { url: string; apiKey: string | undefined }, transport: Transport) {
  const http = createHttp(settings.url, settings.apiKey, transport);
  return {
    url: settings.url,
    transport,

    models: async (signal?: AbortSignal): Promise<ListedModel[]> => {
      const list = await readJson<{ data: ListedModel[] }>(await http("/v1/models", { ...(signal && { signal }) }));
      return list.data;
    },

    signUploads: async (uploads: readonly UploadWish[], signal?: AbortSignal): Promise<SignedUpload[]> => {
      const answer = await http("/v1/uploads", { method: "POST", body: { uploads }, ...(signal && { signal }) });
      return (await readJson<{ uploads: SignedUpload[] }>(answer)).uploads;
    },
    uploadState: async (id: string, signal?: AbortSignal) =>
      readJson<UploadState>(await http(`/v1/uploads/${id}`, { ...(signal && { signal }) })),
    renewUpload: async (id: string, signal?: AbortSignal) =>
      readJson<SignedUpload>(await http(`/v1/uploads/${id}/renew`, { method: "POST", ...(signal && { signal }) })),

    /** Refuses what `inpaint` would, before there are pictures. */
    estimate: async (body: EstimateBody, signal?: AbortSignal) =>
      readJson<Estimate>(await http("/v1/inpaint/estimate", { method: "POST", body, ...(signal && { signal }) })),
    /** Once it has begun it is not cut off: a job whose id nobody learnt could not be canceled. */
    inpaint: async (body: InpaintBody, idempotencyKey: string, signal?: AbortSignal): Promise<JobView> =>
      readJson<JobView>(
        await http("/v1/inpaint", {
          method: "POST",
          body,
          headers: { "idempotency-key": idempotencyKey },
          letFinish: true,
          ...(signal && { signal }),
        }),
      ),

    usage: async (query: Record<string, string>) =>
      readJson<Usage>(await http(`/v1/usage?${new URLSearchParams(query)}`)),
    unreconciled: async (query: Record<string, string>) =>
      readJson<UnreconciledList>(await http(`/v1/usage/unreconciled?${new URLSearchParams(query)}`)),

    job: async (id: string) => readJson<JobView>(await http(jobPath(id))),
    jobs: async (query: { limit?: string; after?: string; user?: string }) =>
      readJson<JobPage>(await http(`/v1/jobs?${new URLSearchParams(query)}`)),
    follow: (job: JobView, onChange: (job: JobView) => void, signal?: AbortSignal) =>
      follow(http, transport.clock, job, onChange, signal),
    /** @param waitSeconds how long the answer may be held until the job has ended */
    cancel: async (id: string, waitSeconds: number) =>
      readJson<JobView>(
        await http(`${jobPath(id)}/cancel`, {
          method: "POST",
          headers: { prefer: `wait=${Math.min(HOLD_SECONDS, waitSeconds)}` },
        }),
      ),

    /** A page of what happened: what came after a cursor, or a time. */
    events: async (query: { after?: string; limit?: string }, signal?: AbortSignal) =>
      readJson<EventPage>(await http(`/v1/events?${new URLSearchParams(query)}`, { ...(signal && { signal }) })),
    replay: async (eventId: string) =>
      readJson<EventView>(await http(`/v1/events/${encodeURIComponent(eventId)}/replay`, { method: "POST" })),

    webhookSecrets: async () => readJson<WebhookSecrets>(await http("/v1/webhooks/secret")),
    endpoints: async () => (await readJson<{ data: EndpointView[] }>(await http("/v1/webhooks"))).data,
    /** @param body `types`: absent = every one */
    createEndpoint: async (body: { url: string; types?: string[] }) =>
      readJson<NewEndpoint>(await http("/v1/webhooks", { method: "POST", body, letFinish: true })),
    enableEndpoint: async (id: string) =>
      readJson<EndpointView>(await http(`${endpointPath(id)}/enable`, { method: "POST" })),
    rotateEndpoint: async (id: string, body: { overlapSeconds?: number }) =>
      readJson<NewEndpoint>(await http(`${endpointPath(id)}/rotate`, { method: "POST", body, letFinish: true })),
    deleteEndpoint: async (id: string) =>
      readJson<{ deleted: true }>(await http(endpointPath(id), { method: "DELETE" })),

    /** @returns whether it is gone; else it is canceled, and erased at its end */
    deleteJob: async (id: string) => readJson<{ deleted: boolean }>(await http(jobPath(id), { method: "DELETE" })),
    /** Erases as much as one call can. */
    deleteUser: async (user: string, signal?: AbortSignal) =>
      readJson<UserDeletion>(
        await http(`/v1/users/${encodeURIComponent(user)}`, { method: "DELETE", ...(signal && { signal }) }),
      ),
    /** @param blocked whether nothing more is to be made for them */
    blockUser: async (user: string, blocked: boolean) =>
      readJson<UserBlock>(
        await http(`/v1/users/${encodeURIComponent(user)}/block`, { method: blocked ? "POST" : "DELETE" }),
      ),

    /** A result's bytes, through the redirect to storage. */
    download: async (id: string, index: number): Promise<{ bytes: Uint8Array; contentType: string }> => {
      const redirect = await http(`${jobPath(id)}/results/${index}`);
      const target = redirect.headers.get("location");
      // storage is asked without our key: the address itself is the permission
      const answer = target === null ? redirect : await transport.fetch(new URL(target, settings.url));
      if (!answer.ok) throw await readProblem(answer);
      return {
        bytes: new Uint8Array(await answer.arrayBuffer()),
        contentType: answer.headers.get("content-type") ?? "application/octet-stream",
      };
    },
  };
}

export type Client = ReturnType<typeof createClient>;

/**
 * Watches a job until it has ended. The server is asked to hold its answer for as long as it would
 * have us wait (its `Retry-After`): the end is known at once and progress is still seen.
 */
async function follow(
  http: Http,
  clock: Clock,
  job: JobView,
  onChange: (job: JobView) => void,
  signal?: AbortSignal,
): Promise<JobView> {
  let latest = job;
  let pauseMs = 1000;
  while (!hasEnded(latest)) {
    const wait = Math.min(HOLD_SECONDS, Math.max(1, Math.round(pauseMs / 1000)));
    const answer = await http(jobPath(job.id), { headers: { prefer: `wait=${wait}` }, ...(signal && { signal }) });
    latest = await readJson<JobView>(answer);
    onChange(latest);
    pauseMs = Math.min(LONGEST_PAUSE_MS, retryAfterMs(answer.headers, clock.now()) ?? pauseMs);
    const held = answer.headers.has("preference-applied");
    if (!hasEnded(latest) && !held) await clock.sleep(pauseMs, signal);
  }
  return latest;
}
