import type { Asset } from "./asset.ts";
import { InfillError } from "./errors.ts";
import { type ImageSource, isTerminal, type Job, type StoredResult } from "./job.ts";
import type { Clock, Log, Objects, Records } from "./ports.ts";

/** How long what is left of an erased job answers for its idempotency key, ms. */
export const TOMBSTONE_MS = 24 * 3600 * 1000;

/** Whether nobody is shown a job any more: it is erased, or will be at its end. */
export const isGone = ({ erasedAt, eraseRequestedAt }: Job): boolean =>
  erasedAt !== undefined || eraseRequestedAt !== undefined;

/** A picture of a job that is shown to those who may see it; none of a job that is erased, or will be. */
export const shownResult = (job: Job | undefined, index: number): StoredResult | undefined =>
  job === undefined || isGone(job) ? undefined : job.results[index];

/** Whether what was left of an erased job counts no more, although it may still be there. */
export const isForgotten = ({ erasedAt }: Job, now: number): boolean =>
  erasedAt !== undefined && now >= erasedAt + TOMBSTONE_MS;

/** Of storage, what erasing needs. */
export type Removal = Pick<Objects, "create" | "remove" | "removeAll">;

/** Not empty: of what is, S3 gives no start. */
const NOTHING = new Uint8Array(1);

const NO_PICTURE: ImageSource = { key: "", etag: "", contentType: "image/png", bytes: 0, width: 0, height: 0 };

/**
 * What is left of an erased job, for a day: that it was, how it ended and what it cost, and the hash by which
 * the same request under the same key is known. No text, picture, name or address.
 */
export const tombstoneOf = (job: Job, erasedAt: number): Job => ({
  v: 1,
  id: job.id,
  tenant: job.tenant,
  keyId: job.keyId,
  fingerprint: job.fingerprint,
  rev: job.rev + 1,
  status: job.status,
  progress: job.progress,
  request: {
    operation: job.request.operation,
    model: job.request.model,
    n: job.request.n,
    outputFormat: job.request.outputFormat,
    edit: job.request.edit,
    providerOptions: {},
    metadata: {},
  },
  image: NO_PICTURE,
  mask: NO_PICTURE,
  createdAt: job.createdAt,
  deadlineAt: job.deadlineAt,
  ...(job.finishedAt === undefined ? {} : { finishedAt: job.finishedAt }),
  callbacksSeen: job.callbacksSeen,
  attempt: job.attempt,
  acceptance: job.acceptance,
  results: [],
  warnings: [],
  estimate: job.estimate,
  settlement: job.settlement,
  ...(job.eventId === undefined ? {} : { eventId: job.eventId }),
  erasedAt,
});

/** Every uploaded picture that a job names: photo, mask, references. */
const uploadsOf = (job: Job): string[] =>
  [job.image, job.mask, ...Object.values(job.references ?? {}).flat()]
    .map(({ key }) => key)
    .filter((key) => key.startsWith("u/"));

/**
 * Erases a job that has ended: its pictures first, for only the row knows their names, and then what was
 * written. May be repeated wherever it broke.
 *
 * An upload that another job works with stays for that one, and goes with all uploads a day after it came.
 * @param inUse which jobs work with which uploads, where that is known
 */
export async function eraseJob(
  deps: { records: Records; objects: Removal; clock: Clock; log: Log },
  job: Job,
  inUse?: UploadsInUse,
): Promise<void> {
  if (job.erasedAt !== undefined) return;
  const { objects, records, clock } = deps;
  const now = clock.now();
  const uploads = uploadsOf(job);
  const users = uploads.length === 0 ? undefined : (inUse ?? (await usersOf(deps, job.tenant, uploads)));
  const free = uploads.filter((key) => (users?.get(key) ?? []).every((id) => id === job.id));
  await Promise.all([
    objects.removeAll(`r/${job.id}/`),
    objects.removeAll(`w/${job.id}/`),
    ...free.map((key) => removeUpload(deps, key)),
  ]);
  await records.eraseJob(job.id, tombstoneOf(job, now));
  deps.log.info("job erased", { job: job.id });
}

/**
 * The bytes first, for the row tells where they are. One byte of nothing takes their place: an upload is written
 * once, so what is still on its way then, or comes late, brings nothing back. That byte goes as any upload does.
 * @throws InfillError `internal` when storage fails, 503 when a PUT comes in between each time
 */
export async function removeUpload(
  { records, objects }: { records: Pick<Records, "removeAsset">; objects: Removal },
  key: string,
): Promise<void> {
  await close(objects, key);
  await records.removeAsset(assetIdOf(key));
}

/** Removes an upload that is there, and whose id nobody was told. */
export async function dropUpload(
  { records, objects }: { records: Pick<Records, "removeAsset">; objects: Pick<Objects, "remove"> },
  { id, key }: Asset,
): Promise<void> {
  await objects.remove(key);
  await records.removeAsset(id);
}

const assetIdOf = (key: string): string => key.split("/").at(-1) ?? "";

/** A PUT may come between removing and creating: what it brought is removed, too, and the place is tried again. */
const CLOSING_TRIES = 3;

async function close(objects: Removal, key: string): Promise<void> {
  for (let tries = 1; tries <= CLOSING_TRIES; tries += 1) {
    await objects.remove(key);
    if (await objects.create(key, NOTHING, "application/octet-stream")) return;
  }
  throw new InfillError("internal", "The upload came again each time it was erased; ask once more", {
    status: 503,
    retryable: true,
    retryAfterSeconds: 5,
  });
}

/** Ids of the jobs that go on and work with an upload, by its key. */
export type UploadsInUse = ReadonlyMap<string, readonly string[]>;

/** No job goes on for longer, ms: the longest deadline there is, and an hour. */
const LONGEST_LIFE_MS = 7 * 3600 * 1000;
/** What the clocks of two functions differ by at most, ms. */
const SKEW_MS = 60_000;

/** Which jobs go on and work with these uploads: none was made before the first of them, so older ones are not read. */
async function usersOf(
  deps: { records: Records; clock: Clock },
  tenant: string,
  uploads: readonly string[],
): Promise<UploadsInUse> {
  const assets = await Promise.all(uploads.map((key) => deps.records.getAsset(assetIdOf(key))));
  // a row that is gone does not say when that was
  const first = Math.min(...assets.map((asset) => asset?.createdAt ?? 0));
  return uploadsInUse(deps, tenant, first - SKEW_MS);
}

/**
 * Of all jobs of a tenant that go on.
 * @param since jobs made before are of no interest, ms since the epoch
 */
export async function uploadsInUse(
  { records, clock }: { records: Records; clock: Clock },
  tenant: string,
  since = 0,
): Promise<UploadsInUse> {
  const oldest = Math.max(since, clock.now() - LONGEST_LIFE_MS);
  const used = new Map<string, string[]>();
  let before: string | undefined;
  do {
    const page = await records.listJobs({ tenant, limit: 100, ...(before === undefined ? {} : { before }) });
    for (const job of page.jobs) {
      if (isTerminal(job.status)) continue;
      for (const key of uploadsOf(job)) {
        const by = used.get(key) ?? [];
        by.push(job.id);
        used.set(key, by);
      }
    }
    before = (page.jobs.at(-1)?.createdAt ?? 0) > oldest ? page.next : undefined;
  } while (before !== undefined);
  return used;
}
