import { eraseJob, removeUpload, type UploadsInUse, uploadsInUse } from "./erase.ts";
import { InfillError } from "./errors.ts";
import { isTerminal, type Job } from "./job.ts";
import { askToCancel, expireJob, isLeftBehind, type JobDeps } from "./jobs.ts";
import { type Caller, isOwn } from "./keys.ts";
import { dayOf } from "./limits.ts";

/** Jobs of a user that one call erases at most, within the time an answer may take: it is asked again for the rest. */
const ERASED_A_CALL = 100;
/** And so many at once. */
const ERASED_AT_ONCE = 10;

/**
 * Erases a job of the caller's: now when it has ended, else it is canceled and erased at its end. What is not
 * there any more is erased.
 * @returns whether nothing is left
 * @throws InfillError `not_found`, also for another tenant's job, and for another user's when a token asks
 */
export async function deleteJob(deps: JobDeps, caller: Caller, id: string): Promise<boolean> {
  const job = await deps.records.getJob(id);
  if (job === undefined || !isOwn(caller, job)) throw new InfillError("not_found", `There is no job ${id}`);
  return eraseOrAsk(deps, job);
}

async function eraseOrAsk(deps: JobDeps, job: Job, inUse?: UploadsInUse): Promise<boolean> {
  const open = isTerminal(job.status)
    ? undefined
    : await deps.records.updateJob(job.id, {}, { eraseRequestedAt: job.eraseRequestedAt ?? deps.clock.now() });
  // the mark is there before the end is asked for: whoever ends it sees it
  const ended = isLeftBehind(job, deps.clock.now())
    ? await expireJob(deps, job)
    : open === undefined
      ? await deps.records.getJob(job.id)
      : await askToCancel(deps, open);
  if (ended === undefined) return true;
  if (!isTerminal(ended.status)) return false;
  await eraseJob(deps, ended, inUse);
  return true;
}

/** The books go back so far, ms. */
const BOOKS_KEPT_MS = 400 * 24 * 3600 * 1000;

/** How far the erasing of a user has come. */
export interface UserErasure {
  /** Nothing of theirs is left. */
  done: boolean;
  /** Jobs erased by this call. */
  erased: number;
  /** Jobs that are being canceled, and erased at their end. */
  pending: number;
}

/**
 * Erases every job and upload of an end user and takes their name out of the books, as many as one call can; it
 * is asked again until it is done. The rows themselves say what is left, so that it goes on wherever it broke.
 */
export async function deleteUser(deps: JobDeps, caller: Caller, user: string): Promise<UserErasure> {
  const inUse = await uploadsInUse(deps, caller.tenant);
  let [erased, pending] = [0, 0];
  let before: string | undefined;
  do {
    const { jobs, next } = await deps.records.listJobs({
      tenant: caller.tenant,
      user,
      limit: ERASED_AT_ONCE,
      ...(before === undefined ? {} : { before }),
    });
    const gone = await Promise.all(jobs.map((job) => eraseOrAsk(deps, job, inUse)));
    erased += gone.filter(Boolean).length;
    pending += gone.filter((erasedNow) => !erasedNow).length;
    before = next;
  } while (before !== undefined && erased < ERASED_A_CALL);
  const done = before === undefined && pending === 0 && (await removeUploads(deps, caller, user, inUse));
  const now = deps.clock.now();
  if (done)
    await deps.records.forgetUser({ tenant: caller.tenant, user, from: dayOf(now - BOOKS_KEPT_MS), to: dayOf(now) });
  return { done, erased, pending };
}

/** @returns whether none is left: not those that another job works with until that ends */
async function removeUploads(deps: JobDeps, { tenant }: Caller, user: string, inUse: UploadsInUse): Promise<boolean> {
  const uploads = await deps.records.listAssets({ tenant, user, limit: ERASED_A_CALL });
  const free = uploads.filter(({ key }) => !inUse.has(key));
  await Promise.all(free.map(({ key }) => removeUpload(deps, key)));
  return free.length === uploads.length && uploads.length < ERASED_A_CALL;
}
