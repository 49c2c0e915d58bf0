import { type Delivery, executionNameOf, isGone, isTerminal, type Job, type OutgoingEvent } from "@infill/core";
import { isGoneFor, withoutPrompt } from "./law.ts";
import { ledger } from "./ledger.ts";
import { whatIs } from "./pictures.ts";
import { leaks, SECRETS } from "./secrets.ts";
import type { Site } from "./site.ts";

/** ms after the deadline, or after the last fault, by which a job has ended. */
const GRACE_MS = 120_000;
/** From so long after its deadline on, whoever reads a job ends it; ms. */
const EXPIRY_MS = 55_000;

/** Holds what is there at the end against what must hold. */
export function judge(site: Site): void {
  for (const job of site.records.jobs.values()) {
    endsInTime(site, job);
    endsForAReason(site, job);
    // what was to be erased may have gone halfway, and nobody said that it is done
    if (!site.law.erasing.has(job.id)) isItsOwn(site, job);
    hasOneEvent(site, job);
    isModerated(site, job);
  }
  for (const id of site.law.erased) isErased(site, id);
  keepsItsWord(site);
  ledger(site);
  const rows = withoutPrompt(JSON.stringify(site.records.rows()));
  if (leaks(rows, { links: "never" })) site.law.broken(12, "a row holds a secret");
}

function endsInTime({ world, law }: Site, job: Job): void {
  const latest = Math.max(job.deadlineAt, world.quietAt) + GRACE_MS;
  if (!isTerminal(job.status)) law.broken(2, `${job.id} has ${job.status} for ever`);
  else if ((job.finishedAt ?? 0) > latest)
    law.broken(2, `${job.id} ended ${((job.finishedAt ?? 0) - latest) / 1000} s after the latest that it may`);
}

/** Whether anything went wrong in what goes by one of these names: an execution, which somebody may have stopped, or a job. */
const broke = ({ world }: Site, ...names: string[]): boolean =>
  world.faults.some((fault) => fault.split(" ").some((part) => names.includes(part)));
const jobBroke = (site: Site, job: Job): boolean => broke(site, job.id, executionNameOf(job));

/** Nothing fails on our side where nothing broke. */
function endsForAReason(site: Site, job: Job): void {
  if (job.error?.code !== "internal" || jobBroke(site, job)) return;
  const unheard = site.moderator !== undefined && job.acceptance === "none" && job.moderation === undefined;
  if (!unheard) site.law.broken(2, `${job.id} failed on our side, and nothing broke: ${job.error.message}`);
}

function isItsOwn({ law, objects }: Site, job: Job): void {
  if (job.status !== "succeeded") return;
  if (job.results.length === 0) law.broken(4, `${job.id} succeeded without a result`);
  for (const [index, { key }] of job.results.entries()) {
    const result = whatIs(objects.read(key));
    const [, photo, workId, part] = /^photo of (\S+) with (\S+)\/(\d+)$/.exec(result) ?? [];
    const work = law.works.find(({ id }) => id === workId);
    const own = work?.jobId === job.id && work.end === "succeeded" && work.model === job.request.model;
    if (!own || photo !== job.tenant || Number(part) !== index)
      law.broken(4, `result ${index} of ${job.id} of ${job.tenant} is ${result}, the work of ${work?.jobId}`);
  }
}

/** Nobody is told that moderation refused what it did not, and what it refused costs nothing. */
function isModerated({ law, moderator }: Site, { id, error, moderation, settlement }: Job): void {
  if (moderation?.state !== "refused") return;
  if (moderator === undefined || moderator.wants(id))
    law.broken(13, `moderation wants ${id}, which says that it does not`);
  if (error?.code !== "content_rejected" || settlement.state !== "refunded" || settlement.amount !== 0)
    law.broken(13, `moderation refused ${id}, which ends with ${error?.code} and ${settlement.state}`);
}

function hasOneEvent(site: Site, job: Job): void {
  const { law } = site;
  const events = law.events.filter(({ jobId }) => jobId === job.id);
  const [event] = events;
  const one = events.length === 1 && event?.id === job.eventId && event?.type === `job.${job.status}`;
  if (!isTerminal(job.status)) {
    if (event !== undefined) law.broken(5, `${job.id} has ${job.status}, and has an event`);
  } else if (!one)
    law.broken(5, `${job.id} has ${job.status}, and its events are ${events.map(({ type }) => type).join(", ")}`);
  else if (job.erasedAt === undefined) everyoneIsTold(site, event);
}

/** The job's own webhook, and every endpoint that was registered for such an event. */
function everyoneIsTold(site: Site, { id, tenant, url, endpoints = [] }: OutgoingEvent): void {
  const { delivery, told = {} } = site.records.events.get(id) as OutgoingEvent;
  if (url !== undefined) isTold(site, { event: id, execution: id, url, state: delivery.state });
  const registered = site.records.getEndpoints(tenant)?.endpoints ?? [];
  for (const endpoint of registered) {
    if (!endpoints.includes(endpoint.id)) continue;
    const execution = `${id}-${endpoint.id.slice("whe_".length)}`;
    isTold(site, { event: id, execution, url: endpoint.url, state: told[endpoint.id]?.state });
    const disabled = endpoint.disabledAt !== undefined;
    if (disabled !== isGoneFor(endpoint.url) && told[endpoint.id]?.state === "gone")
      site.law.broken(5, `${endpoint.url} answered ${id} with 410, and is told more`);
  }
}

interface Telling {
  event: string;
  /** Name of the execution that does it. */
  execution: string;
  url: string;
  state: Delivery["state"] | undefined;
}

function isTold(site: Site, { event, execution, url, state }: Telling): void {
  const { law, engine } = site;
  const delivery = [...engine.executions].find(({ name }) => name === execution);
  if (delivery?.status === "failed" && broke(site, execution)) return;
  const heard = law.deliveries.has(`${event} ${url}`);
  if (isGoneFor(url) ? state !== "gone" : !heard || state !== "delivered")
    law.broken(5, `the delivery of ${event} to ${url} is ${state}, ${heard ? "" : "not "}heard`);
}

/** A prompt, a picture, an address: all of it has gone. */
function isErased({ law, records, objects }: Site, id: string): void {
  const job = records.jobs.get(id);
  if (job?.erasedAt === undefined) law.broken(12, `${id} was to be erased, and is there`);
  const { image, mask } = law.rows.get(id) ?? {};
  // what another job was asked for with, too, goes with all uploads a day after it came
  const shared = [...law.rows.values()].some((row) => row.id !== id && row.image.key === image?.key);
  const uploads = shared || image === undefined || mask === undefined ? [] : [image.key, mask.key];
  const left = [`r/${id}/`, `w/${id}/`, ...uploads].flatMap((prefix) => objects.kept(prefix));
  if (left.length > 0) law.broken(12, `of ${id}, which was erased, there is ${left.join(", ")}`);
  if (JSON.stringify(job).includes(SECRETS.prompt)) law.broken(12, `the words of ${id}, which was erased, are there`);
}

function keepsItsWord(site: Site): void {
  const { law, records, engine } = site;
  for (const { work } of law.successes) {
    const job = records.jobs.get(work.jobId);
    if (job === undefined || isGone(job) || job.status === "succeeded" || job.cancelRequestedAt !== undefined) continue;
    const execution = [...engine.executions].find(({ name }) => name === executionNameOf(job));
    // what broke too often, or was stopped, or was not replaced in time, is ended by whoever finds it
    if (execution?.status === "stopped" || (job.error?.code === "internal" && jobBroke(site, job))) continue;
    if ((job.finishedAt ?? 0) >= job.deadlineAt + EXPIRY_MS) continue;
    law.broken(
      8,
      `${work.id} succeeded, which was acknowledged, and ${job.id} has ${job.status}: ${job.error?.message}`,
    );
  }
}
