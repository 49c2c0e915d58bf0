import { randomUUID } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import type { Clock } from "@infill/core";
import { busy, isBusy, isRefusal, recordsFailure, stopOf } from "./failure.ts";
import type { Item } from "./item.ts";
import type { Key, RecordsIndex } from "./table.ts";

/** Sends of one write that keeps meeting others, or of one batch of reads of which something is left unread. */
const ATTEMPTS = 8;
/** Longest pause before the second one, ms; doubled for each that follows, up to the next number. */
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_000;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const BATCH = 100;

/** A write: `#name` stands for the attribute of that name, `:name` for the value of that name. */
export interface Change {
  update: string;
  condition?: string;
  values?: Record<string, unknown>;
}

type Condition = Pick<Change, "condition" | "values">;

export type Write = ({ key: Key } & Change) | ({ item: Item } & Condition) | ({ gone: Key } & Condition);

export type Rows = ReturnType<typeof createRows>;

/**
 * The table's verbs. A write that meets another one (a transaction conflict, a throttle) is sent again
 * after a random pause, and so is what a read left unread; a condition that does not hold is an answer, not
 * an error.
 *
 * They throw InfillError `internal`: 503 with `retryAfterSeconds` when one never got through, 500 else.
 */
export function createRows(options: { client: DynamoDBClient; table: string; clock: Clock; random: () => number }) {
  const { table: TableName, clock, random } = options;
  const client = DynamoDBDocumentClient.from(options.client);

  /** Full jitter: whoever met here does not meet again. */
  const pause = (attempts: number): Promise<void> =>
    clock.sleep(random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 1)));

  async function attempt<T>(doing: string, send: () => Promise<T>): Promise<T> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await send();
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (attempts === ATTEMPTS) throw busy(doing, attempts);
        await pause(attempts);
      }
    }
  }

  /** Deletion of a row that is past its time is late, by days: to a reader it is gone. */
  const isThere = (item: Item | undefined): item is Item =>
    item !== undefined && !(Number(item["expiresAt"]) * 1000 <= clock.now());

  /** Keys or rows of a query, page after page. */
  async function* query(input: Omit<QueryCommandInput, "TableName">, doing: string): AsyncGenerator<Item[]> {
    let ExclusiveStartKey: Item | undefined;
    do {
      const page = await attempt(doing, () =>
        client.send(new QueryCommand({ TableName, ...input, ...(ExclusiveStartKey && { ExclusiveStartKey }) })),
      ).catch(failed(doing));
      yield page.Items ?? [];
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
  }

  /**
   * Rows by key, in the order of the keys; those that are not there are left out. What was written before this call
   * began is seen.
   */
  async function readAll(keys: Key[], doing: string): Promise<Item[]> {
    const found = new Map<string, Item>();
    for (let at = 0; at < keys.length; at += BATCH) {
      let Keys = keys.slice(at, at + BATCH);
      for (let attempts = 1; ; attempts++) {
        const answer = await attempt(doing, () =>
          client.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } })),
        ).catch(failed(doing));
        for (const item of answer.Responses?.[TableName] ?? []) found.set(nameOf(toKey(item)), item);
        // what did not fit into 16 MB – a third answer has the last of it – or was asked for too fast
        Keys = (answer.UnprocessedKeys?.[TableName]?.Keys ?? []).map(toKey);
        if (Keys.length === 0) break;
        if (attempts === ATTEMPTS) throw busy(doing, attempts);
        await pause(attempts);
      }
    }
    return keys.map((key) => found.get(nameOf(key))).filter(isThere);
  }

  /**
   * The rows of one partition whose sort key begins so, in order, `page` at a time as far as anyone asks; what
   * was written before is seen.
   */
  async function* beginning({ pk, sk }: Key, doing: string, page?: number): AsyncGenerator<Item> {
    const pages = query(
      {
        ConsistentRead: true,
        KeyConditionExpression: "#pk = :pk AND begins_with(#sk, :sk)",
        ...words(["#pk #sk"], { pk, sk }),
        ...(page === undefined ? {} : { Limit: page }),
      },
      doing,
    );
    for await (const items of pages) yield* items.filter(isThere);
  }

  return {
    /** What was written before this call began is seen. */
    async read(key: Key, doing: string): Promise<Item | undefined> {
      const answer = await attempt(doing, () =>
        client.send(new GetCommand({ TableName, Key: key, ConsistentRead: true })),
      ).catch(failed(doing));
      return isThere(answer.Item) ? answer.Item : undefined;
    },

    readAll,

    beginning,

    /** All of them. */
    async readBeginning(key: Key, doing: string): Promise<Item[]> {
      const items: Item[] = [];
      for await (const item of beginning(key, doing)) items.push(item);
      return items;
    },

    /** The rows behind an index, one by one, read from the table itself as far as anyone asks. */
    async *byIndex(
      index: RecordsIndex,
      where: { condition: string; values: Record<string, unknown>; newestFirst: boolean; page: number },
      doing: string,
    ): AsyncGenerator<Item> {
      const pages = query(
        {
          IndexName: index,
          KeyConditionExpression: where.condition,
          ...words([where.condition], where.values),
          ScanIndexForward: !where.newestFirst,
          Limit: Math.min(where.page, BATCH),
        },
        doing,
      );
      for await (const keys of pages) yield* await readAll(keys.map(toKey), doing);
    },

    /** @returns false when the condition does not hold */
    async put(item: Item, doing: string, condition?: string, values?: Record<string, unknown>): Promise<boolean> {
      try {
        await attempt(doing, () => client.send(new PutCommand({ TableName, ...putOf({ item, condition, values }) })));
        return true;
      } catch (error) {
        if (isRefusal(error)) return false;
        throw recordsFailure(error, doing);
      }
    },

    /** @returns the row as it is after it; `undefined` when the condition does not hold */
    async update(key: Key, change: Change, doing: string): Promise<Item | undefined> {
      try {
        const answer = await attempt(doing, () =>
          client.send(new UpdateCommand({ TableName, ...updateOf(key, change), ReturnValues: "ALL_NEW" })),
        );
        return answer.Attributes;
      } catch (error) {
        if (isRefusal(error)) return undefined;
        throw recordsFailure(error, doing);
      }
    },

    /** Nothing happens where nothing is. */
    async remove(key: Key, doing: string): Promise<void> {
      await attempt(doing, () => client.send(new DeleteCommand({ TableName, Key: key }))).catch(failed(doing));
    },

    /** Removes a row that is past its time, and no other. */
    async removeOld(Key: Key, doing: string): Promise<void> {
      const values = { now: Math.floor(clock.now() / 1000) };
      const command = new DeleteCommand({
        TableName,
        Key,
        ...conditionOf({ condition: "#expiresAt <= :now", values }),
      });
      await attempt(doing, () => client.send(command)).catch((error) => {
        if (!isRefusal(error)) throw recordsFailure(error, doing);
      });
    },

    /**
     * All of the writes or none.
     * @returns `undefined` when they are done, else the index of the first whose condition does not hold
     */
    async transact(writes: Write[], doing: string): Promise<number | undefined> {
      const TransactItems = writes.map((write) =>
        "item" in write
          ? { Put: { TableName, ...putOf(write) } }
          : "gone" in write
            ? { Delete: { TableName, Key: write.gone, ...conditionOf(write) } }
            : { Update: { TableName, ...updateOf(write.key, write) } },
      );
      try {
        // One token an attempt: when an answer is lost the SDK sends the same token again and meets its own
        // success. An attempt that was canceled did nothing, and the next one is another.
        await attempt(doing, () =>
          client.send(new TransactWriteCommand({ TransactItems, ClientRequestToken: randomUUID() })),
        );
        return undefined;
      } catch (error) {
        const stop = stopOf(error);
        if (stop?.code === "ConditionalCheckFailed") return stop.index;
        throw recordsFailure(error, doing);
      }
    },
  };
}

const failed = (doing: string) => (error: unknown) => {
  throw recordsFailure(error, doing);
};

const toKey = (item: Item): Key => ({ pk: String(item["pk"]), sk: String(item["sk"]) });

const nameOf = ({ pk, sk }: Key): string => JSON.stringify([pk, sk]);

interface MayHaveCondition {
  condition?: string | undefined;
  values?: Record<string, unknown> | undefined;
}

const conditionOf = ({ condition, values }: MayHaveCondition) =>
  condition === undefined ? {} : { ConditionExpression: condition, ...words([condition], values) };

const putOf = (write: { item: Item } & MayHaveCondition) => ({ Item: write.item, ...conditionOf(write) });

const updateOf = (Key: Key, { update, condition, values }: Change) => ({
  Key,
  UpdateExpression: update,
  ...(condition === undefined ? {} : { ConditionExpression: condition }),
  ...words([update, condition ?? ""], values),
});

/** The names and values that expressions speak of. Every name is an alias: many are reserved words. */
function words(expressions: string[], values: Record<string, unknown> = {}) {
  const names = expressions.join(" ").matchAll(/#(\w+)/g);
  const named = Object.entries(values).map(([name, value]) => [`:${name}`, value] as const);
  return {
    ExpressionAttributeNames: Object.fromEntries([...names].map(([alias, name]) => [alias, name ?? ""])),
    ...(named.length === 0 ? {} : { ExpressionAttributeValues: Object.fromEntries(named) }),
  };
}
