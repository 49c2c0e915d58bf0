/**
 * The one table. Every row has a partition key `pk` and a sort key `sk`; three sparse indexes hold
 * keys alone, so that a row is never stored twice and an update of a job touches no index but the one
 * that a claim takes it out of.
 *
 * | what is asked                      | how                                                               |
 * |------------------------------------|-------------------------------------------------------------------|
 * | a job, key, asset, event, replay   | `pk = job#{id}`, `sk = job` (and so on), strongly consistent       |
 * | a tenant's money                   | `pk = tenant#{tenant}`, `sk = budget`, strongly consistent         |
 * | whose job a provider's id is       | `pk = provider#["{provider}","{id}"]`, `sk = provider`             |
 * | a provider's series of failures    | `pk = health#{provider}`, `sk = health`                            |
 * | whether an end user is blocked     | `pk = block#{hash}`, `sk = block`, strongly consistent             |
 * | a counter, a tenant's limits       | `pk = counter#{name}`, `pk = limits#{tenant}`, strongly consistent |
 * | a tenant's webhook endpoints       | `pk = endpoints#{tenant}`, `sk = endpoints`, strongly consistent    |
 * | a tenant's books, by month         | `pk = usage#["{tenant}","2026-11"]`, `sk` begins with `work#`, …   |
 * | every key                          | index `jobsOfTenant`: `ofTenant = #keys`, by `made`                |
 * | places for held answers            | `pk = holds#{pool}`, `sk = holds`, strongly consistent             |
 * | a provider's places                | `pk = slots#{provider}`, `sk` begins with `place#`, strongly consistent |
 * | the line for them, oldest first    | `pk = slots#{provider}`, `sk` begins with `wait#`, strongly consistent  |
 * | a job's callbacks, as they arrived | `pk = job#{id}`, `sk` begins with `callback#`, strongly consistent |
 * | a tenant's jobs, newest first      | index `jobsOfTenant`: `ofTenant`, by `made` downwards              |
 * | a user's jobs, newest first        | index `jobsOfUser`: `ofUser`, by `made` downwards                  |
 * | a user's uploads                   | index `jobsOfUser`: `["uploads",tenant,user]`, by `made`           |
 * | a tenant's events, oldest first    | index `jobsOfTenant`: `["events",tenant]`, by `made` upwards       |
 * | jobs nobody claimed, oldest first  | index `unclaimedJobs`: `unclaimed` (only while queued), by `made`  |
 *
 * An index lags behind the table, by milliseconds as a rule: a list may miss the job of a moment ago,
 * but the rows it gives are read from the table and are as they are now.
 *
 * The words are those of `sst.aws.Dynamo`, which takes this as it is. The stream carries keys only: no
 * prompt passes through it.
 */
export const recordsTable = {
  fields: { pk: "string", sk: "string", ofTenant: "string", ofUser: "string", unclaimed: "string", made: "string" },
  primaryIndex: { hashKey: "pk", rangeKey: "sk" },
  globalIndexes: {
    jobsOfTenant: { hashKey: "ofTenant", rangeKey: "made", projection: "keys-only" },
    jobsOfUser: { hashKey: "ofUser", rangeKey: "made", projection: "keys-only" },
    unclaimedJobs: { hashKey: "unclaimed", rangeKey: "made", projection: "keys-only" },
  },
  ttl: "expiresAt",
  stream: "keys-only",
} as const;

export type RecordsIndex = keyof typeof recordsTable.globalIndexes;

export interface Key {
  pk: string;
  sk: string;
}

/** Rows that are found by their id, and by nothing else. */
export type RowKind =
  | "job"
  | "key"
  | "asset"
  | "event"
  | "replay"
  | "health"
  | "counter"
  | "limits"
  | "block"
  | "endpoints";

export const keyOf = (kind: RowKind, id: string): Key => ({ pk: `${kind}#${id}`, sk: kind });

export const budgetKey = (tenant: string): Key => ({ pk: `tenant#${tenant}`, sk: "budget" });

/** A row of a tenant's books. As JSON, so that no names are another's. */
export const usageKey = (tenant: string, day: string, kind: string, names: readonly string[]): Key => ({
  pk: `usage#${JSON.stringify([tenant, day.slice(0, 7)])}`,
  sk: `${kind}#${day}#${JSON.stringify(names)}`,
});

/** The places of a pool for held answers. */
export const holdsKey = (pool: string): Key => ({ pk: `holds#${pool}`, sk: "holds" });

/** A place with a provider; without its number, what the keys of all begin with. */
export const slotKey = (provider: string, place?: number): Key => ({
  pk: `slots#${provider}`,
  sk: `place#${place === undefined ? "" : String(place).padStart(4, "0")}`,
});

/** A job in the line for one; without the job, what the keys of all begin with. */
export const inLineKey = (provider: string, job?: { id: string; createdAt: number }): Key => ({
  pk: `slots#${provider}`,
  sk: `wait#${job === undefined ? "" : `${String(job.createdAt).padStart(15, "0")}#${job.id}`}`,
});

/** As JSON, so that no two pairs of names make one key. */
export const providerKey = (provider: string, id: string): Key => ({
  pk: `provider#${JSON.stringify([provider, id])}`,
  sk: "provider",
});

/** The n-th callback of a job. */
export const callbackKey = (jobId: string, position: number): Key => ({
  pk: keyOf("job", jobId).pk,
  sk: `callback#${String(position).padStart(6, "0")}`,
});

/** The part of a DynamoDB stream's record that tells which row appeared. */
export interface StreamRecord {
  eventName?: string;
  dynamodb?: { Keys?: Record<string, { S?: string }> };
}

/** Filters for an event source mapping on the table's stream: new jobs and new events, nothing else. */
export const newRowsFilters = (["job", "event"] as const).map((kind) => ({
  eventName: ["INSERT"],
  dynamodb: { Keys: { sk: { S: [kind] } } },
}));

/** Which job or event a stream's record says is new; `undefined` for every other record. */
export function newRow({ eventName, dynamodb }: StreamRecord): { kind: "job" | "event"; id: string } | undefined {
  const kind = dynamodb?.Keys?.["sk"]?.S;
  const pk = dynamodb?.Keys?.["pk"]?.S;
  if (eventName !== "INSERT" || (kind !== "job" && kind !== "event") || !pk?.startsWith(`${kind}#`)) return undefined;
  return { kind, id: pk.slice(kind.length + 1) };
}
