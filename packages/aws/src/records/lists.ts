import {
  type ApiKey,
  type Asset,
  InfillError,
  type Job,
  type OutgoingEvent,
  type Position,
  type Records,
} from "@infill/core";
import { fromEventItem } from "./events.ts";
import { fromItem, type Item } from "./item.ts";
import type { Rows } from "./rows.ts";

/** The one partition of the index of queued jobs. A job is in it for a moment only. */
const UNCLAIMED = "job";

/** The attributes that put a new job into the indexes. */
export const indexed = (job: Job): Item => ({
  made: madeOf(job),
  ofTenant: job.tenant,
  ...(job.user === undefined ? {} : { ofUser: ofUser(job.tenant, job.user) }),
  ...(job.status === "queued" ? { unclaimed: UNCLAIMED } : {}),
});

/** The attributes that put a new event into the index of its tenant's. */
export const indexedEvent = (event: OutgoingEvent): Item => ({
  made: madeOf(event),
  ofTenant: eventsOf(event.tenant),
});

/** The attributes that let an end user's upload be found. */
export const indexedAsset = (asset: Asset): Item =>
  asset.user === undefined ? {} : { made: madeOf(asset), ofUser: uploadsOf(asset.tenant, asset.user) };

/** No tenant's name begins so: keys are no tenant's jobs. */
const KEYS = "#keys";

/** The attributes that let a key be listed. */
export const indexedKey = (key: ApiKey): Item => ({ ofTenant: KEYS, made: madeOf(key) });

/** The order of lists: by time, and by id within a millisecond. */
const madeOf = ({ createdAt, id }: Position): string => `${String(createdAt).padStart(15, "0")}#${id}`;

/** As JSON, so that no tenant's user is another tenant's. */
const ofUser = (tenant: string, user: string): string => JSON.stringify([tenant, user]);

/** Uploads lie beside jobs, where no user of a tenant's leads. */
const uploadsOf = (tenant: string, user: string): string => JSON.stringify(["uploads", tenant, user]);

/** Events lie beside jobs, where no tenant's name leads. */
const eventsOf = (tenant: string): string => JSON.stringify(["events", tenant]);

export function lists(
  rows: Rows,
): Pick<Records, "listAssets" | "listJobs" | "unclaimedJobs" | "listEvents" | "listKeys"> {
  return {
    async listEvents({ tenant, limit, after }) {
      const where = {
        condition: "#ofTenant = :events AND #made > :made",
        values: { events: eventsOf(tenant), made: after === undefined ? BEFORE_ALL : madeOf(after) },
        newestFirst: false,
        page: limit + 1,
      };
      const events: OutgoingEvent[] = [];
      for await (const item of rows.byIndex("jobsOfTenant", where, "listing events")) {
        if (events.length === limit) return { events, more: true };
        events.push(fromEventItem(item));
      }
      return { events, more: false };
    },

    async listKeys() {
      const where = { condition: "#ofTenant = :keys", values: { keys: KEYS }, newestFirst: false, page: 100 };
      const keys: ApiKey[] = [];
      for await (const item of rows.byIndex("jobsOfTenant", where, "listing keys")) keys.push(fromItem<ApiKey>(item));
      return keys;
    },

    async listAssets({ tenant, user, limit }) {
      const values = { uploads: uploadsOf(tenant, user) };
      const where = { condition: "#ofUser = :uploads", values, newestFirst: false, page: limit };
      const assets: Asset[] = [];
      for await (const item of rows.byIndex("jobsOfUser", where, "listing uploads")) {
        assets.push(fromItem<Asset>(item));
        if (assets.length === limit) break;
      }
      return assets;
    },

    async listJobs({ tenant, user, limit, before }) {
      const made = before === undefined ? AFTER_ALL : fromCursor(before);
      const [index, condition, values] =
        user === undefined
          ? (["jobsOfTenant", "#ofTenant = :tenant AND #made < :made", { tenant, made }] as const)
          : (["jobsOfUser", "#ofUser = :user AND #made < :made", { user: ofUser(tenant, user), made }] as const);
      const found = rows.byIndex(index, { condition, values, newestFirst: true, page: limit + 1 }, "listing jobs");

      const jobs: Job[] = [];
      for await (const item of found) {
        const last = jobs.at(-1);
        // one more than asked for tells that there is a next page
        if (jobs.length === limit && last !== undefined) return { jobs, next: toCursor(last) };
        jobs.push(fromItem<Job>(item));
      }
      return { jobs };
    },

    async unclaimedJobs(limit) {
      const where = {
        condition: "#unclaimed = :unclaimed",
        values: { unclaimed: UNCLAIMED },
        newestFirst: false,
        page: limit,
      };
      const jobs: Job[] = [];
      for await (const item of rows.byIndex("unclaimedJobs", where, "looking for unclaimed jobs")) {
        const job = fromItem<Job>(item);
        // the index may still show what was claimed a moment ago
        if (job.status === "queued") jobs.push(job);
        if (jobs.length >= limit) break;
      }
      return jobs;
    },
  };
}

/** Newer than every job. */
const AFTER_ALL = "~";
/** Older than every event. */
const BEFORE_ALL = "#";

/** Opaque to whoever carries it. It names a place in time, no tenant: it opens nothing. */
const toCursor = (job: Job): string => Buffer.from(madeOf(job)).toString("base64url");

/** @throws InfillError `invalid_request` for what {@link toCursor} did not make */
function fromCursor(cursor: string): string {
  const made = Buffer.from(cursor, "base64url").toString();
  if (/^\d{15}#\w+$/.test(made)) return made;
  throw new InfillError("invalid_request", "The cursor of a page must be the `next` of the page before, as it came");
}
