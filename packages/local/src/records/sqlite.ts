import {
  type ApiKey,
  type Asset,
  deliveryRank,
  isUntold,
  type OutgoingEvent,
  type Records,
  type Replay,
  type StoredCallback,
} from "@infill/core";
import { openDatabase } from "./database.ts";
import { jobRecords } from "./jobs.ts";

export interface LocalRecords extends Records {
  /** Events of whom somebody is to be told and was not yet: what a start that was lost leaves behind, and those of a moment ago. */
  untoldEvents(): OutgoingEvent[];
  close(): void;
}

/**
 * Records in one SQLite file. Whatever has resolved is on the disk, whatever happens to the process
 * or the power; any number of processes may have the same file open.
 *
 * @param options `path`: made when it is not there; its directory must be
 * @throws Error when a newer version of Infill wrote the file
 */
export function createSqliteRecords(options: { path: string }): LocalRecords {
  const database = openDatabase(options.path);
  const { sql, transaction, close } = database;
  const parse = (row: Record<string, unknown> | undefined) => row && JSON.parse(String(row["body"]));

  return {
    ...jobRecords(database),
    close,

    async putKey(key) {
      sql.run`INSERT OR REPLACE INTO keys (id, body) VALUES (${key.id}, ${JSON.stringify(key)})`;
    },
    async getKey(id) {
      return parse(sql.get`SELECT body FROM keys WHERE id = ${id}`);
    },

    async listKeys() {
      return sql.all`SELECT body FROM keys ORDER BY body ->> 'createdAt', id`.map((row): ApiKey => parse(row));
    },
    async revokeKey(id, now) {
      sql.run`UPDATE keys SET body = json_insert(body, '$.revokedAt', ${now}) WHERE id = ${id}`;
      return parse(sql.get`SELECT body FROM keys WHERE id = ${id}`);
    },

    async putAsset(asset) {
      // What a signed URL was made for never changes.
      sql.run`INSERT INTO assets (id, body) VALUES (${asset.id}, ${JSON.stringify(asset)}) ON CONFLICT DO NOTHING`;
    },
    async getAsset(id) {
      return parse(sql.get`SELECT body FROM assets WHERE id = ${id}`);
    },
    async renewAsset(id, uploadExpiresAt) {
      const { changes } =
        sql.run`UPDATE assets SET body = json_set(body, '$.uploadExpiresAt', ${uploadExpiresAt}) WHERE id = ${id}`;
      return changes > 0;
    },

    async removeAsset(id) {
      sql.run`DELETE FROM assets WHERE id = ${id}`;
    },
    async listAssets({ tenant, user, limit }) {
      return sql.all`SELECT body FROM assets WHERE tenant = ${tenant} AND user = ${user} LIMIT ${limit}`.map(
        (row): Asset => parse(row),
      );
    },

    async putBlock(block) {
      return transaction(() => {
        sql.run`INSERT INTO blocks (id, body) VALUES (${block.id}, ${JSON.stringify(block)}) ON CONFLICT DO NOTHING`;
        return parse(sql.get`SELECT body FROM blocks WHERE id = ${block.id}`);
      });
    },
    async getBlock(id) {
      return parse(sql.get`SELECT body FROM blocks WHERE id = ${id}`);
    },
    async removeBlock(id) {
      sql.run`DELETE FROM blocks WHERE id = ${id}`;
    },

    async bindProviderJob(provider, id, job) {
      // The first to come has it: the row is put only where none is, and never changes.
      return transaction(() => {
        sql.run`INSERT INTO provider_jobs (provider, id, job) VALUES (${provider}, ${id}, ${job}) ON CONFLICT DO NOTHING`;
        return sql.get`SELECT job FROM provider_jobs WHERE provider = ${provider} AND id = ${id}`?.["job"] === job;
      });
    },

    async boundJob(provider, id) {
      const job = sql.get`SELECT job FROM provider_jobs WHERE provider = ${provider} AND id = ${id}`?.["job"];
      return job === undefined ? undefined : String(job);
    },

    async putCallback(job, callback, max) {
      // Counted and put under one lock: never more than `max`, and each body once.
      return transaction(() => {
        const { hash } = callback;
        if (sql.get`SELECT 1 FROM callbacks WHERE job = ${job} AND hash = ${hash}`) return "duplicate";
        const count = sql.get`SELECT count(*) AS count FROM callbacks WHERE job = ${job}`?.["count"];
        if (Number(count) >= max) return "full";
        sql.run`INSERT INTO callbacks (job, hash, body) VALUES (${job}, ${hash}, ${JSON.stringify(callback)})`;
        return "stored";
      });
    },
    async listCallbacks(job) {
      return sql.all`SELECT body FROM callbacks WHERE job = ${job} ORDER BY position`.map(
        (row): StoredCallback => parse(row),
      );
    },

    async getReplay(fingerprint) {
      return parse(sql.get`SELECT body FROM replays WHERE fingerprint = ${fingerprint}`);
    },
    async putReplay(replay, instead) {
      // Looked at and put under one lock: whoever comes second meets the first.
      return transaction(() => {
        const { fingerprint, createdAt } = replay;
        sql.run`DELETE FROM replays WHERE kept_until <= ${createdAt}`;
        const there: Replay | undefined = parse(sql.get`SELECT body FROM replays WHERE fingerprint = ${fingerprint}`);
        if (there !== undefined && there.key !== instead) return there;
        sql.run`INSERT OR REPLACE INTO replays (fingerprint, body) VALUES (${fingerprint}, ${JSON.stringify(replay)})`;
        return replay;
      });
    },
    async deliverReplay(fingerprint, key, at) {
      sql.run`UPDATE replays SET body = json_insert(body, '$.deliveredAt', ${at})
        WHERE fingerprint = ${fingerprint} AND body ->> 'key' = ${key}`;
    },

    async getProviderHealth(provider) {
      const row = sql.get`SELECT failures, last_failure_at FROM provider_health WHERE provider = ${provider}`;
      return row && { failures: Number(row["failures"]), lastFailureAt: Number(row["last_failure_at"]) };
    },
    async noteProvider(provider, outcome, now) {
      if (outcome === "answered") sql.run`DELETE FROM provider_health WHERE provider = ${provider}`;
      // of failures at once, each counts
      else
        sql.run`INSERT INTO provider_health VALUES (${provider}, 1, ${now})
          ON CONFLICT DO UPDATE SET failures = failures + 1, last_failure_at = max(last_failure_at, ${now})`;
    },

    async getEvent(id) {
      return parse(sql.get`SELECT body FROM events WHERE id = ${id}`);
    },
    async listEvents({ tenant, limit, after = BEFORE_ALL }) {
      // one more than asked for tells whether there are more
      const rows = sql.all`SELECT body FROM events WHERE tenant = ${tenant}
        AND (created_at, id) > (${after.createdAt}, ${after.id}) ORDER BY created_at, id LIMIT ${limit + 1}`;
      return { events: rows.slice(0, limit).map((row): OutgoingEvent => parse(row)), more: rows.length > limit };
    },
    async updateDelivery(id, delivery, endpoint) {
      transaction(() => {
        const event: OutgoingEvent | undefined = parse(sql.get`SELECT body FROM events WHERE id = ${id}`);
        const before = endpoint === undefined ? event?.delivery : event?.told?.[endpoint];
        if (before !== undefined && deliveryRank(before) >= deliveryRank(delivery)) return;
        const path = endpoint === undefined ? "$.delivery" : `$.told.${endpoint}`;
        sql.run`UPDATE events SET body = json_set(body, ${path}, json(${JSON.stringify(delivery)})) WHERE id = ${id}`;
      });
    },
    untoldEvents() {
      // asked once a start: no index
      return sql.all`SELECT body FROM events WHERE body ->> '$.delivery.state' = 'pending' OR body -> '$.endpoints' IS NOT NULL`
        .map((row): OutgoingEvent => parse(row))
        .filter(isUntold);
    },

    async getEndpoints(tenant) {
      return parse(sql.get`SELECT body FROM endpoints WHERE tenant = ${tenant}`);
    },
    async putEndpoints(tenant, set) {
      // Looked at and put under one lock: whoever comes second finds another rev.
      return transaction(() => {
        const rev = sql.get`SELECT rev FROM endpoints WHERE tenant = ${tenant}`?.["rev"] ?? 0;
        if (rev !== set.rev - 1) return false;
        sql.run`INSERT OR REPLACE INTO endpoints (tenant, body) VALUES (${tenant}, ${JSON.stringify(set)})`;
        return true;
      });
    },
  };
}

/** Older than every event. */
const BEFORE_ALL = { createdAt: -1, id: "" };
