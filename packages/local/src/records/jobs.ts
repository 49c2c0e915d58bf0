import {
  bookingOf,
  givenBack,
  guardHolds,
  isGone,
  isTerminal,
  type Job,
  type JobPatch,
  type Records,
  type Slot,
  TOMBSTONE_MS,
} from "@infill/core";
import { budgets } from "./budget.ts";
import { counters } from "./counters.ts";
import { fromCursor, toCursor } from "./cursor.ts";
import type { Database } from "./database.ts";
import { slots } from "./slots.ts";
import { usage } from "./usage.ts";

type JobRecords = Pick<
  Records,
  | "createJob"
  | "getJob"
  | "listJobs"
  | "unclaimedJobs"
  | "claimJob"
  | "updateJob"
  | "requestCancel"
  | "endJob"
  | "eraseJob"
  | "reportJob"
  | "takeSlot"
  | "leaveSlot"
  | "firstInLine"
  | "getBudget"
  | "setBudgetLimit"
  | "getLimits"
  | "setLimits"
  | "count"
  | "readCounters"
  | "listUsage"
  | "listUnreconciled"
  | "forgetUser"
>;

/** Job rows, the money that is reserved with them, and their places with providers. */
export function jobRecords(database: Database): JobRecords {
  const { sql, transaction, forget } = database;
  const money = budgets({ sql });
  const quotas = counters({ sql, transaction });
  const books = usage({ sql, transaction, forget });
  const parse = (row: Record<string, unknown>): Job => JSON.parse(String(row["body"]));
  const read = (id: string): Job | undefined => {
    const row = sql.get`SELECT body FROM jobs WHERE id = ${id}`;
    return row && parse(row);
  };

  /**
   * The one way a row changes: the row is read, judged and written under the write lock (which whoever
   * calls `write` has), so nobody writes between the judgement and the write; a terminal row is never
   * written; every write counts.
   * @param patchOf what to write, or `undefined` for nothing
   * @returns the row that is there now, and whether this changed it
   */
  const write = (
    id: string,
    patchOf: (job: Job) => (JobPatch & { slot?: Slot | undefined }) | undefined,
  ): { changed: boolean; job: Job } | undefined => {
    const job = read(id);
    if (job === undefined) return undefined;
    const patch = isTerminal(job.status) ? undefined : patchOf(job);
    if (patch === undefined) return { changed: false, job };
    // JSON has no `undefined`: a field that is patched to it is gone
    const body = JSON.stringify({ ...job, ...patch, rev: job.rev + 1 });
    sql.run`UPDATE jobs SET body = ${body} WHERE id = ${id}`;
    return { changed: true, job: JSON.parse(body) };
  };
  const change: typeof write = (id, patchOf) => transaction(() => write(id, patchOf));

  const { free, ...places } = slots(database, {
    read,
    setSlot: (id, slot) => write(id, () => ({ slot }))?.job,
  });

  return {
    ...places,
    ...quotas.records,
    ...books.records,

    async createJob(job, reservations = []) {
      // Row and reservation, or neither: of any number of creates, those that fit the limit are accepted.
      return transaction(() => {
        sql.run`DELETE FROM jobs WHERE erased_at <= ${job.createdAt - TOMBSTONE_MS}`;
        const there = read(job.id);
        if (there !== undefined) return { created: false, job: there };
        money.reserve(job);
        quotas.reserve(reservations);
        const body = JSON.stringify(job);
        sql.run`INSERT INTO jobs (id, body) VALUES (${job.id}, ${body})`;
        return { created: true, job: JSON.parse(body) };
      });
    },

    async getJob(id) {
      return read(id);
    },

    async listJobs({ tenant, user, limit, before }) {
      const { createdAt, id } = before === undefined ? AFTER_ALL : fromCursor(before);
      // one more than asked for tells whether there is a next page
      const rows =
        user === undefined
          ? sql.all`SELECT body FROM jobs WHERE tenant = ${tenant} AND erased_at IS NULL AND (created_at, id) < (${createdAt}, ${id})
                    ORDER BY created_at DESC, id DESC LIMIT ${limit + 1}`
          : sql.all`SELECT body FROM jobs WHERE tenant = ${tenant} AND user = ${user} AND erased_at IS NULL
                    AND (created_at, id) < (${createdAt}, ${id})
                    ORDER BY created_at DESC, id DESC LIMIT ${limit + 1}`;
      const jobs = rows.slice(0, limit).map(parse);
      const last = jobs.at(-1);
      return rows.length > limit && last !== undefined ? { jobs, next: toCursor(last) } : { jobs };
    },

    async unclaimedJobs(limit) {
      // a claim sets a row running: what is queued, nobody claimed
      return sql.all`SELECT body FROM jobs WHERE status = 'queued' ORDER BY created_at, id LIMIT ${limit}`.map(parse);
    },

    async claimJob(id, execution, now) {
      // Only a queued row is given, and giving it ends its being queued: one execution ever has it.
      const claim = change(id, (job) =>
        job.status === "queued" ? { status: "running", execution, claimedAt: now } : undefined,
      );
      // its replay finds it running for itself
      const owned = claim?.job.execution === execution && !isTerminal(claim.job.status);
      return owned ? claim.job : undefined;
    },

    async updateJob(id, guard, patch) {
      // The guard holds at the moment of the write.
      const update = change(id, (job) => (guardHolds(guard, job) ? patch : undefined));
      return update?.changed ? update.job : undefined;
    },

    async requestCancel(id, now) {
      // Once: the first time stays, and asking again is no change.
      return change(id, (job) => (job.cancelRequestedAt === undefined ? { cancelRequestedAt: now } : undefined))?.job;
    },

    async endJob(id, { patch, settlement, event, attempt, slotUntil }) {
      // One end: whoever finds the row not terminal makes it so, moves its money, gives its place back and
      // writes its event.
      const end = change(id, (job) => {
        if (attempt !== undefined && job.attempt !== attempt) return undefined;
        money.release(job, settlement);
        quotas.giveBack(job.reservedIn ?? [], givenBack(job, settlement), event.createdAt);
        books.book(bookingOf(job, { patch, settlement, event }));
        free(job, slotUntil);
        sql.run`INSERT INTO events (id, body) VALUES (${event.id}, ${JSON.stringify(event)})`;
        return { ...patch, settlement, slot: undefined };
      });
      return end && { ended: end.changed, job: end.job };
    },

    async eraseJob(id, tombstone) {
      transaction(() => {
        const job = read(id);
        if (job === undefined || !isTerminal(job.status) || job.erasedAt !== undefined) return;
        sql.run`DELETE FROM callbacks WHERE job = ${id}`;
        // nobody is told of it any more
        sql.run`UPDATE events SET body = json_set(json_remove(body, '$.url', '$.endpoints'), '$.delivery.state',
            iif(body ->> '$.delivery.state' = 'pending', 'none', body ->> '$.delivery.state'))
          WHERE id = ${job.eventId ?? ""}`;
        sql.run`UPDATE jobs SET body = ${JSON.stringify(tombstone)} WHERE id = ${id}`;
      });
      forget();
    },

    async reportJob(id, report) {
      return transaction(() => {
        const job = read(id);
        if (job === undefined || isGone(job)) return undefined;
        const reported = { ...job, report, rev: job.rev + 1 };
        sql.run`UPDATE jobs SET body = ${JSON.stringify(reported)} WHERE id = ${id}`;
        return reported;
      });
    },

    async getBudget(tenant) {
      return money.read(tenant);
    },
    async setBudgetLimit(tenant, limit) {
      money.setLimit(tenant, limit);
    },
  };
}

/** Newer than every job. */
const AFTER_ALL = { createdAt: Number.MAX_SAFE_INTEGER, id: "" };
