import type { Resource } from "../offline/graph.ts";
import { type EventPattern, matches } from "./event-pattern.ts";
import type { DeployedFunction } from "./function.ts";
import type { Rights } from "./rights.ts";

/** A change as it comes from a stream, and as a function gets it. */
export interface StreamRecord {
  eventID: string;
  eventName: string;
  dynamodb: { SequenceNumber: string; Keys: Record<string, { S: string }> };
}

export interface StreamReader {
  /** Reads what is new and delivers it. @returns how many records there were */
  poll(): Promise<number>;
  /** Delivers these, as if they had been read. */
  deliver(records: readonly StreamRecord[]): Promise<void>;
  /** All that was delivered so far. */
  delivered: StreamRecord[];
}

/**
 * What the destination of a given-up batch is told: where in the stream it is, and not what is in it
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html).
 */
export interface LostBatch {
  version: "1.0";
  requestContext: { functionArn: string; condition: "RetryAttemptsExhausted"; approximateInvokeCount: number };
  DDBStreamBatchInfo: {
    streamArn: string;
    shardId: string | undefined;
    startSequenceNumber: string | undefined;
    endSequenceNumber: string | undefined;
    batchSize: number;
  };
}

/** Of the shape of a signature, which is all that is looked at. */
const UNCHECKED = `AWS4-HMAC-SHA256 Credential=mapping/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`;

/**
 * An event source mapping between the table's stream and a function
 * (https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html): filters, batches, partial failures,
 * bisection and retries as the graph says. Retries come at once.
 * @param endpoint DynamoDB's
 * @param lost hears of what was given up
 */
export function readStream(options: {
  endpoint: string;
  table: string;
  mapping: Resource;
  target: DeployedFunction;
  rights: Rights;
  lost: (batch: LostBatch) => void;
}): StreamReader {
  const { endpoint, mapping, target, rights } = options;
  const { batchSize, maximumRetryAttempts, bisectBatchOnFunctionError, filterCriteria, startingPosition } =
    mapping.inputs;
  const patterns = filterCriteria.filters.map(({ pattern }: { pattern: string }): EventPattern => JSON.parse(pattern));
  const delivered: StreamRecord[] = [];
  let iterator: string | undefined;
  let shardId: string | undefined;

  /** The mapping works with the function's own role. */
  const demand = (action: string, resource: string): void => {
    if (!rights.grants(target.name, { action, resource })) throw new Error(`${target.name} may not ${action}`);
  };
  const lost = (records: readonly StreamRecord[]): void => {
    demand("sqs:SendMessage", mapping.inputs.destinationConfig.onFailure.destinationArn);
    options.lost({
      version: "1.0",
      requestContext: {
        functionArn: target.arn,
        condition: "RetryAttemptsExhausted",
        approximateInvokeCount: maximumRetryAttempts + 1,
      },
      DDBStreamBatchInfo: {
        streamArn: mapping.inputs.eventSourceArn,
        shardId,
        startSequenceNumber: records.at(0)?.dynamodb.SequenceNumber,
        endSequenceNumber: records.at(-1)?.dynamodb.SequenceNumber,
        batchSize: records.length,
      },
    });
  };
  const ask = async (operation: string, input: object) => {
    demand(`dynamodb:${operation}`, mapping.inputs.eventSourceArn);
    const answer = await fetch(endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `DynamoDBStreams_20120810.${operation}`,
        "x-amz-date": "20260101T000000Z",
        authorization: UNCHECKED,
      },
      body: JSON.stringify(input),
    });
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };

  async function firstIterator(): Promise<string> {
    const { Streams } = await ask("ListStreams", { TableName: options.table });
    const { StreamArn } = Streams[0];
    const { StreamDescription } = await ask("DescribeStream", { StreamArn });
    const { ShardId } = StreamDescription.Shards[0];
    shardId = ShardId;
    return (await ask("GetShardIterator", { StreamArn, ShardId, ShardIteratorType: startingPosition })).ShardIterator;
  }

  async function batch(records: readonly StreamRecord[], retries: number): Promise<void> {
    if (records.length === 0) return;
    const event = { Records: records.map((record) => ({ ...record, eventSource: "aws:dynamodb" })) };
    let failed = records;
    try {
      const answer = (await target.invokeLater(event)) as { batchItemFailures: { itemIdentifier: string }[] };
      const names = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      const first = records.findIndex(({ dynamodb }) => names.has(dynamodb.SequenceNumber));
      if (first < 0) return;
      failed = records.slice(first);
    } catch {
      // the whole batch is tried again
    }
    if (retries === 0) return lost(failed);
    const middle = bisectBatchOnFunctionError && failed.length > 1 ? Math.ceil(failed.length / 2) : failed.length;
    await batch(failed.slice(0, middle), retries - 1);
    await batch(failed.slice(middle), retries - 1);
  }

  async function deliver(records: readonly StreamRecord[]): Promise<void> {
    const wanted = records.filter((record) => patterns.some((pattern: EventPattern) => matches(pattern, record)));
    delivered.push(...wanted);
    for (let at = 0; at < wanted.length; at += batchSize)
      await batch(wanted.slice(at, at + batchSize), maximumRetryAttempts);
  }

  return {
    delivered,
    deliver,
    async poll() {
      iterator ??= await firstIterator();
      const { Records, NextShardIterator } = await ask("GetRecords", { ShardIterator: iterator });
      iterator = NextShardIterator ?? iterator;
      await deliver(Records);
      return Records.length;
    },
  };
}
