import type { Durable } from "./durable.ts";
import { isGone } from "./erase.ts";
import { wordFor } from "./errors.ts";
import type { Job } from "./job.ts";
import { numberOfJob } from "./job-number.ts";
import { modelsLabWebhook } from "./modelslab-words.ts";
import type { Clock, Log, OutgoingEvent, PostWebhook, Records } from "./ports.ts";
import { type Links, presentJob } from "./present.ts";

/** Pauses between deliveries, seconds: three days in all, at no idle cost. */
export const DELIVERY_PAUSES = [5, 30, 120, 600, 3600, 4 * 3600, 8 * 3600, 16 * 3600, 24 * 3600, 24 * 3600];

export interface NotifyDeps {
  records: Records;
  clock: Clock;
  log: Log;
  links: Links;
  post: PostWebhook;
  /** Standard Webhooks headers for a body: id, timestamp (seconds), signature. */
  sign: (id: string, timestamp: number, body: string) => Record<string, string>;
}

/**
 * Delivers one event, for days if need be. The id is the same on every try: receivers drop what they
 * have seen. 410 means never again.
 */
export async function notifyWorkflow(
  durable: Durable,
  deps: NotifyDeps,
  { eventId, replay }: { eventId: string; replay?: string | undefined },
): Promise<void> {
  for (let round = 1; ; round++) {
    const { again, afterSeconds } = await durable.step(`deliver-${round}`, () =>
      deliver(deps, eventId, Number(replay ?? 0)),
    );
    if (!again) return;
    await durable.wait(`after-${round}`, afterSeconds);
  }
}

const over = { again: false, afterSeconds: 0 };

/** In our own words, or in those of the format that the job came in. */
async function bodyOf({ records, links }: NotifyDeps, event: OutgoingEvent, job: Job): Promise<object> {
  if (job.request.webhookFormat?.format === "modelslab")
    return modelsLabWebhook(links, job, await numberOfJob(records, job.id));
  const timestamp = new Date(event.createdAt).toISOString();
  return { type: event.type, timestamp, data: presentJob(links, job) };
}

/**
 * One try. How many there were is on the event's row, and so is whether there is to be another.
 * @param replay the how-manieth delivery of the event this is part of: none goes on when a later one was begun
 */
async function deliver(
  deps: NotifyDeps,
  eventId: string,
  replay: number,
): Promise<{ again: boolean; afterSeconds: number }> {
  const event = await deps.records.getEvent(eventId);
  const job = event && (await deps.records.getJob(event.jobId));
  if (event?.url === undefined || job === undefined || isGone(job) || event.delivery.state !== "pending") return over;
  if ((event.delivery.replay ?? 0) !== replay) return over;
  const attempt = event.delivery.attempts + 1;
  const pauseSeconds = DELIVERY_PAUSES[attempt - 1];

  const body = JSON.stringify(await bodyOf(deps, event, job));
  const headers = {
    "content-type": "application/json",
    ...deps.sign(event.id, Math.floor(deps.clock.now() / 1000), body),
  };
  const answer = await deps.post({ url: event.url, headers, body }).catch((error: unknown) => {
    deps.log.warn("a webhook could not be delivered", {
      event: event.id,
      job: job.id,
      attempt,
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
  await deps.records.updateDelivery(event.id, {
    ...event.delivery,
    state,
    attempts: attempt,
    lastStatus: answer.status,
  });
  deps.log.info(
    "webhook",
    { event: event.id, job: job.id, attempt, status: answer.status, state },
    state === "gone" || state === "failed" ? { webhooksFailed: 1 } : {},
  );
  if (state !== "pending") return over;
  return { again: true, afterSeconds: Math.max(pauseSeconds ?? 0, Math.min(answer.retryAfterSeconds ?? 0, 24 * 3600)) };
}
