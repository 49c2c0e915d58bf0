import { startDeliveries, toldOf } from "./deliveries.ts";
import { isGone } from "./erase.ts";
import { InfillError } from "./errors.ts";
import type { Job } from "./job.ts";
import type { Caller } from "./keys.ts";
import type { Clock, Delivery, Engine, OutgoingEvent, Position, Records } from "./ports.ts";
import { type Links, presentJob } from "./present.ts";

/**
 * No write that began so long ago can yet appear, ms: eight attempts of at most five seconds, their pauses,
 * and the moment by which an index lags behind.
 */
export const SETTLED_AFTER_MS = 60_000;

/** A page of events: those after a place, and where the next page begins. */
export interface EventPage {
  events: { event: OutgoingEvent; job: Job | undefined }[];
  /** More are there now. */
  more: boolean;
  next: string;
}

/**
 * A tenant's events, oldest first. An event has the time at which its writer began, so that one may appear
 * before others that were listed: whoever reads on from the end is given the last minute once more. Every
 * event is seen, some twice; their ids tell.
 *
 * @param query `after`: the `next` of the page before, or a time; absent = from the first that is kept
 * @throws InfillError `invalid_request` for an `after` that is neither
 */
export async function listEvents(
  deps: { records: Records; clock: Clock },
  caller: Pick<Caller, "tenant">,
  { after, limit }: { after?: string; limit: number },
): Promise<EventPage> {
  const from = after === undefined ? undefined : parseAfter(after);
  // of when this walk through the pages began, not of this page; never before what was asked for
  const certainUntil =
    from?.certainUntil ?? Math.max(from?.position.createdAt ?? 0, deps.clock.now() - SETTLED_AFTER_MS);
  const { events, more } = await deps.records.listEvents({
    tenant: caller.tenant,
    limit,
    ...(from === undefined ? {} : { after: from.position }),
  });
  const end = events.at(-1) ?? from?.position ?? { createdAt: 0, id: "" };
  const next = more
    ? { position: end, certainUntil }
    : { position: end.createdAt < certainUntil ? end : { createdAt: certainUntil, id: "" } };
  const jobs = await Promise.all(events.map((event) => deps.records.getJob(event.jobId)));
  return { events: events.map((event, i) => ({ event, job: jobToldBy(event, jobs[i]) })), more, next: toCursor(next) };
}

/**
 * Delivers an event once more, from the first try on, to everyone who was to be told. A delivery of it that
 * goes on ends.
 * @throws InfillError `not_found`, also for another tenant's; `invalid_request` when nobody is to be told
 */
export async function replayEvent(
  deps: { records: Records; engine: Engine },
  caller: Caller,
  id: string,
): Promise<{ event: OutgoingEvent; job: Job | undefined }> {
  const event = await deps.records.getEvent(id);
  if (event === undefined || event.tenant !== caller.tenant)
    throw new InfillError("not_found", `There is no event ${id}`);
  const { url, endpoints = [] } = event;
  const job = jobToldBy(event, await deps.records.getJob(event.jobId));
  if ((url === undefined && endpoints.length === 0) || job === undefined)
    throw new InfillError(
      "invalid_request",
      `Nobody is told of ${id}: its job names no webhook and no endpoint was registered, or it was deleted`,
      { status: 409 },
    );
  const replay = (event.delivery.replay ?? 0) + 1;
  const again: Delivery = { state: "pending", attempts: 0, replay };
  const delivery: Delivery = url === undefined ? { ...event.delivery, attempts: 0, replay } : again;
  // written first: the deliveries that are started, and no others, are those that the row names
  await deps.records.updateDelivery(id, delivery);
  await Promise.all(endpoints.map((endpoint) => deps.records.updateDelivery(id, again, endpoint)));
  await startDeliveries(deps.engine, event, replay);
  const told = Object.fromEntries(endpoints.map((endpoint) => [endpoint, again]));
  return { event: { ...event, delivery, told }, job };
}

/** The job whose end an event tells; not once it is erased, nor another that has its id since. */
export const jobToldBy = ({ id }: OutgoingEvent, job: Job | undefined): Job | undefined =>
  job === undefined || isGone(job) || job.eventId !== id ? undefined : job;

/** An event as the API shows it: what a webhook is told, and how the telling went. */
export const presentEvent = (links: Links, { event, job }: EventPage["events"][number]) => ({
  id: event.id,
  object: "event" as const,
  type: event.type,
  timestamp: new Date(event.createdAt).toISOString(),
  ...(job === undefined ? {} : { data: presentJob(links, job) }),
  delivery: presentDelivery(event.delivery),
  ...(event.endpoints === undefined
    ? {}
    : { endpoints: event.endpoints.map((id) => ({ id, ...presentDelivery(toldOf(event, id)) })) }),
});

const presentDelivery = ({ state, attempts, lastStatus }: Delivery) => ({
  state,
  attempts,
  ...(lastStatus === undefined ? {} : { lastStatus }),
});

export type EventView = ReturnType<typeof presentEvent>;

interface Place {
  position: Position;
  certainUntil?: number;
}

/** Opaque to whoever carries it. It names a place in time, no tenant: it opens nothing. */
const toCursor = ({ position: { createdAt, id }, certainUntil }: Place): string =>
  Buffer.from(JSON.stringify([createdAt, id, ...(certainUntil === undefined ? [] : [certainUntil])])).toString(
    "base64url",
  );

function parseAfter(after: string): Place {
  const time = /^\d{4}-\d\d-\d\d(T|$)/.test(after) ? Date.parse(after) : Number.NaN;
  if (time >= 0) return { position: { createdAt: time, id: "" } };
  const made = Buffer.from(after, "base64url").toString();
  const [, createdAt, id = "", certainUntil] = /^\[(\d{1,15}),"(\w*)"(?:,(\d{1,15}))?\]$/.exec(made) ?? [];
  if (createdAt !== undefined)
    return {
      position: { createdAt: Number(createdAt), id },
      ...(certainUntil === undefined ? {} : { certainUntil: Number(certainUntil) }),
    };
  throw new InfillError(
    "invalid_request",
    "after must be the `next` of the page before, as it came, or a time (ISO 8601)",
    { pointer: "after" },
  );
}
