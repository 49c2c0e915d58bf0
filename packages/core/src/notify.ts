import { toldOf } from "./deliveries.ts";
import type { Durable } from "./durable.ts";
import { disableEndpoint, listEndpoints, signingSecrets } from "./endpoints.ts";
import { wordFor } from "./errors.ts";
import { jobToldBy } from "./events.ts";
import type { Job } from "./job.ts";
import { numberOfJob } from "./job-number.ts";
import { modelsLabWebhook } from "./modelslab-words.ts";
import type { Clock, Delivery, Log, OutgoingEvent, PostWebhook, Records } from "./ports.ts";
import { type Links, presentJob } from "./present.ts";

/** Pauses between deliveries, seconds: three days in all, at no idle cost. */
export const DELIVERY_PAUSES = [5, 30, 120, 600, 3600, 4 * 3600, 8 * 3600, 16 * 3600, 24 * 3600, 24 * 3600];

export interface NotifyDeps {
  records: Records;
  clock: Clock;
  log: Log;
  links: Links;
  post: PostWebhook;
  /** `whsec_…`, the newest first: what signs to the webhooks that a tenant's jobs name. */
  webhookSecrets: (tenant: string) => readonly string[];
  /** Signs with each of these secrets. */
  sign: (secrets: readonly string[]) => SignWebhook;
}

/** Standard Webhooks headers for a body: id, timestamp (seconds), signatures. */
export type SignWebhook = (id: string, timestamp: number, body: string) => Record<string, string>;

/** One delivery: of an event, to its job's own webhook or to a registered endpoint. */
export interface NotifyPayload {
  eventId: string;
  endpoint?: string | undefined;
  /** The how-manieth delivery of the event this is part of: none goes on when a later one was begun. */
  replay?: string | undefined;
}

/**
 * Delivers one event to one receiver, for days if need be. The id is the same on every try: receivers drop
 * what they have seen. 410 means never again, and disables a registered endpoint.
 */
export async function notifyWorkflow(durable: Durable, deps: NotifyDeps, payload: NotifyPayload): Promise<void> {
  for (let round = 1; ; round++) {
    const { again, afterSeconds } = await durable.step(`deliver-${round}`, () => deliver(deps, payload));
    if (!again) return;
    await durable.wait(`after-${round}`, afterSeconds);
  }
}

const over = { again: false, afterSeconds: 0 };

/** Who is told. */
interface Target {
  url: string;
  /** The endpoint's own, or the tenant's. */
  secrets: readonly string[];
}

/** @returns `undefined` for an endpoint that is told nothing any more: it is disabled, or deleted */
async function targetOf(
  { records, clock, webhookSecrets }: NotifyDeps,
  { tenant, url }: OutgoingEvent,
  id: string | undefined,
): Promise<Target | undefined> {
  if (id === undefined) return url === undefined ? undefined : { url, secrets: webhookSecrets(tenant) };
  const endpoint = (await listEndpoints(records, tenant)).find((each) => each.id === id);
  if (endpoint === undefined || endpoint.disabledAt !== undefined) return undefined;
  return { url: endpoint.url, secrets: signingSecrets(endpoint, clock.now()) };
}

/** In our own words, or – to the job's own webhook – in those of the format that the job came in. */
async function bodyOf(
  { records, links }: NotifyDeps,
  event: OutgoingEvent,
  job: Job,
  endpoint: string | undefined,
): Promise<object> {
  if (endpoint === undefined && job.request.webhookFormat?.format === "modelslab")
    return modelsLabWebhook(links, job, await numberOfJob(records, job.id));
  const timestamp = new Date(event.createdAt).toISOString();
  return { type: event.type, timestamp, data: presentJob(links, job) };
}

/** One try. How many there were is on the event's row, and so is whether there is to be another. */
async function deliver(
  deps: NotifyDeps,
  { eventId, endpoint, replay = "0" }: NotifyPayload,
): Promise<{ again: boolean; afterSeconds: number }> {
  const event = await deps.records.getEvent(eventId);
  const job = event && jobToldBy(event, await deps.records.getJob(event.jobId));
  if (event === undefined || job === undefined) return over;
  const before = endpoint === undefined ? event.delivery : toldOf(event, endpoint);
  if (before.state !== "pending" || (before.replay ?? 0) !== Number(replay)) return over;
  const attempt = before.attempts + 1;
  const note = (now: Pick<Delivery, "state" | "lastStatus">) =>
    deps.records.updateDelivery(event.id, { ...before, ...now, attempts: attempt }, endpoint);
  const target = await targetOf(deps, event, endpoint);
  if (target === undefined) {
    await note({ state: "gone" });
    return over;
  }
  const pauseSeconds = DELIVERY_PAUSES[attempt - 1];

  const body = JSON.stringify(await bodyOf(deps, event, job, endpoint));
  const headers = {
    "content-type": "application/json",
    ...deps.sign(target.secrets)(event.id, Math.floor(deps.clock.now() / 1000), body),
  };
  const about = { event: event.id, job: job.id, ...(endpoint === undefined ? {} : { endpoint }), attempt };
  const answer = await deps.post({ url: target.url, headers, body }).catch((error: unknown) => {
    deps.log.warn("a webhook could not be delivered", {
      ...about,
      error: wordFor(error),
    });
    return { status: 0, retryAfterSeconds: 0 };
  });

  const delivered = answer.status >= 200 && answer.status < 300;
  const state = delivered
    ? "delivered"
    : answer.status === 410
      ? "gone"
      : pauseSeconds === undefined
        ? "failed"
        : "pending";
  // first: whoever dies in between finds it disabled, and notes that
  if (state === "gone" && endpoint !== undefined) await disableEndpoint(deps, event.tenant, endpoint);
  await note({ state, lastStatus: answer.status });
  deps.log.info(
    "webhook",
    { ...about, status: answer.status, state },
    state === "gone" || state === "failed" ? { webhooksFailed: 1 } : {},
  );
  if (state !== "pending") return over;
  return { again: true, afterSeconds: Math.max(pauseSeconds ?? 0, Math.min(answer.retryAfterSeconds ?? 0, 24 * 3600)) };
}
