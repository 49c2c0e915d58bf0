import {
  type BatchGetItemCommandInput,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from "@aws-sdk/client-dynamodb";

const isWrite = (command: unknown): boolean => /^(TransactWrite|Update|Put)/.test(String(command));

/** True three times in ten, in an order that is always the same. */
export function threeInTen(): () => boolean {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state % 10 < 3;
  };
}

/**
 * Makes writes meet others, as they do in a busy table: DynamoDB refuses them and does nothing. No
 * DynamoDB on one machine ever answers this.
 * @param when asked before each write
 */
export function withConflicts(client: DynamoDBClient, when: () => boolean): DynamoDBClient {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (!isWrite(commandName) || !when()) return next(args);
        const message = { $metadata: {}, message: "Transaction is ongoing for the item" };
        throw commandName === "TransactWriteItemsCommand"
          ? new TransactionCanceledException({
              ...message,
              CancellationReasons: [{ Code: "None" }, { Code: "TransactionConflict" }],
            })
          : new TransactionConflictException(message);
      },
    { step: "initialize", priority: "high", name: "conflicts" },
  );
  return client;
}

/**
 * Loses the answers of writes: DynamoDB did what it was asked, the connection broke, and the SDK asks again.
 * @param when asked after each write
 */
export function withLostAnswers(client: DynamoDBClient, when: () => boolean): DynamoDBClient {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next(args);
        if (isWrite(commandName) && when()) throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
        return answer;
      },
    { step: "deserialize", priority: "high", name: "lostAnswers" },
  );
  return client;
}

/**
 * Leaves all but one of a batch's keys unread, as DynamoDB does when rows are asked for too fast. One on one
 * machine never does.
 */
export function withUnreadKeys(client: DynamoDBClient): DynamoDBClient {
  client.middlewareStack.add(
    (next) => async (args) => {
      if (!("RequestItems" in args.input)) return next(args);
      const asked = Object.entries((args.input as BatchGetItemCommandInput).RequestItems ?? {});
      const part = (from: number, to?: number) =>
        Object.fromEntries(asked.map(([table, { Keys, ...how }]) => [table, { ...how, Keys: Keys?.slice(from, to) }]));
      const answer = await next({ ...args, input: { ...args.input, RequestItems: part(0, 1) } });
      if (asked.some(([, { Keys = [] }]) => Keys.length > 1))
        Object.assign(answer.output, { UnprocessedKeys: part(1) });
      return answer;
    },
    { step: "initialize", priority: "high", name: "unreadKeys" },
  );
  return client;
}
