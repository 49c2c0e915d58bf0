import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import type { ApiKey, Asset, Block, Clock, Holds, ProviderHealth, Records, Replay } from "@infill/core";
import { counterRecords } from "./counters.ts";
import { eventRecords } from "./events.ts";
import { holdsIn } from "./holds.ts";
import { inbox } from "./inbox.ts";
import { fromItem, type Item, toItem } from "./item.ts";
import { jobRecords } from "./jobs.ts";
import { indexedAsset, indexedKey, lists } from "./lists.ts";
import { type Change, createRows } from "./rows.ts";
import { keyOf, type RowKind } from "./table.ts";
import { usageRecords } from "./usage.ts";

const CONNECT_MS = 1_000;
/** No answer for so long is a failure. */
const IDLE_MS = 5_000;
const DAY_SECONDS = 86_400;

type Credentials = NonNullable<DynamoDBClientConfig["credentials"]>;

/** Where DynamoDB is; Amazon's own in `region` unless there is an `endpoint`. */
export interface DynamoAddress {
  region: string;
  credentials: Credentials;
  endpoint?: string;
}

export interface DynamoRecordsOptions {
  /** Name of a table as `recordsTable` describes it. */
  table: string;
  /** A client, or where to reach DynamoDB. */
  client: DynamoDBClient | DynamoAddress;
  clock: Clock;
  /** 0 ≤ x < 1; spreads the pauses of writes that met. */
  random?: () => number;
  /**
   * Jobs, their callbacks and events, and assets vanish so many days after their time (a job's deadline,
   * an upload's expiry); absent = kept for ever. Keys, budgets and the names providers gave our jobs stay.
   */
  retentionDays?: number;
}

/**
 * Records in one DynamoDB table, see `recordsTable`. Whatever has resolved is durable, and every read by
 * id sees it; lists follow a moment later.
 *
 * Methods throw InfillError `internal` when the table fails: with status 503 and `retryAfterSeconds` when
 * a write met so many others that it never got through.
 */
export function createDynamoRecords(options: DynamoRecordsOptions): Records {
  const { table, clock, random = Math.random, retentionDays } = options;
  const client = options.client instanceof DynamoDBClient ? options.client : connect(options.client);
  const rows = createRows({ client, table, clock, random });

  /** The attribute by which DynamoDB deletes a row, epoch seconds. */
  const vanishing = (ms: number): Item =>
    retentionDays === undefined ? {} : { expiresAt: seconds(ms) + retentionDays * DAY_SECONDS };

  async function get<T>(kind: RowKind, id: string): Promise<T | undefined> {
    const item = await rows.read(keyOf(kind, id), `reading one ${kind}`);
    return item && fromItem<T>(item);
  }

  return {
    ...jobRecords(rows, vanishing),
    ...lists(rows),
    ...inbox(rows, vanishing),

    ...counterRecords(rows),
    ...usageRecords(rows),
    ...eventRecords(rows),

    async putKey(key) {
      await rows.put({ ...toItem(keyOf("key", key.id), key), ...indexedKey(key) }, "putting a key");
    },
    getKey: (id) => get<ApiKey>("key", id),
    async revokeKey(id, now) {
      const change = {
        update: "SET #revokedAt = if_not_exists(#revokedAt, :now)",
        condition: "attribute_exists(#pk)",
        values: { now },
      };
      const revoked = await rows.update(keyOf("key", id), change, "revoking a key");
      return revoked && fromItem<ApiKey>(revoked);
    },

    async putAsset(asset) {
      // What a signed URL was made for never changes: put only where nothing is.
      const row = toItem(keyOf("asset", asset.id), asset);
      const item = { ...row, ...indexedAsset(asset), ...vanishing(asset.uploadExpiresAt) };
      await rows.put(item, "putting an asset", "attribute_not_exists(#pk)");
    },
    getAsset: (id) => get<Asset>("asset", id),
    async renewAsset(id, uploadExpiresAt) {
      const moved = { uploadExpiresAt, ...vanishing(uploadExpiresAt) };
      const update = `SET ${Object.keys(moved)
        .map((name) => `#${name} = :${name}`)
        .join(", ")}`;
      const change = { update, condition: "attribute_exists(#pk)", values: moved };
      return (await rows.update(keyOf("asset", id), change, "renewing an asset")) !== undefined;
    },

    async removeAsset(id) {
      await rows.remove(keyOf("asset", id), "removing an asset");
    },

    async putBlock(block) {
      const put = await rows.put(toItem(keyOf("block", block.id), block), "blocking", "attribute_not_exists(#pk)");
      return put ? block : ((await get<Block>("block", block.id)) ?? block);
    },
    getBlock: (id) => get<Block>("block", id),
    async removeBlock(id) {
      await rows.remove(keyOf("block", id), "lifting a block");
    },

    getReplay: (fingerprint) => get<Replay>("replay", fingerprint),
    async putReplay(replay, instead = "") {
      // Put where nothing is, where its time is over (DynamoDB deletes days later), or where what the caller
      // saw still stands: whoever comes second meets the first.
      const condition = "attribute_not_exists(#pk) OR #keptUntil <= :now OR #key = :instead";
      const item = { ...toItem(keyOf("replay", replay.fingerprint), replay), expiresAt: seconds(replay.keptUntil) };
      const put = await rows.put(item, "putting a replay", condition, { now: replay.createdAt, instead });
      return put ? replay : ((await get<Replay>("replay", replay.fingerprint)) ?? replay);
    },
    async deliverReplay(fingerprint, key, deliveredAt) {
      await rows.update(
        keyOf("replay", fingerprint),
        {
          update: "SET #deliveredAt = if_not_exists(#deliveredAt, :deliveredAt)",
          condition: "#key = :key",
          values: { deliveredAt, key },
        },
        "noting that an answer was handed over",
      );
    },

    getProviderHealth: async (provider) => {
      const health = await get<ProviderHealth>("health", provider);
      return health && health.failures > 0
        ? { failures: health.failures, lastFailureAt: health.lastFailureAt }
        : undefined;
    },
    async noteProvider(provider, outcome, now) {
      const note = (change: Change) => rows.update(keyOf("health", provider), change, "noting how a provider is");
      if (outcome === "answered") {
        await note({ update: "SET #failures = :none REMOVE #lastFailureAt", values: { none: 0 } });
        return;
      }
      // of failures at once, each counts, and the latest stays: the time is set only where none is later
      const counted = "SET #failures = if_not_exists(#failures, :none) + :one";
      const values = { none: 0, one: 1, now };
      const latest = await note({
        update: `${counted}, #lastFailureAt = :now`,
        condition: "attribute_not_exists(#lastFailureAt) OR #lastFailureAt <= :now",
        values,
      });
      if (latest === undefined)
        await note({ update: `${counted}, #lastFailureAt = if_not_exists(#lastFailureAt, :now)`, values });
    },
  };
}

/** ms as DynamoDB's time-to-live has it. */
const seconds = (ms: number): number => Math.ceil(ms / 1000);

/** Places in the same table, see `holdsIn`. */
export function createDynamoHolds(
  options: Pick<DynamoRecordsOptions, "table" | "client" | "clock" | "random"> & { name: string; places: number },
): Holds {
  const { table, clock, random = Math.random, name, places } = options;
  const client = options.client instanceof DynamoDBClient ? options.client : connect(options.client);
  return holdsIn(createRows({ client, table, clock, random }), { name, places, clock, random });
}

const connect = ({ region, credentials, endpoint }: DynamoAddress): DynamoDBClient =>
  new DynamoDBClient({
    region,
    credentials,
    ...(endpoint === undefined ? {} : { endpoint }),
    // a handler that works by fetch knows the last one only
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_MS, requestTimeout: IDLE_MS },
  });
