/** What a message of the queue says is lost. */
export type Lost =
  /** Rows that the relay gave up: places in the stream, which carries no names of what is there. */
  | { kind: "rows" }
  /** An execution ended early, and its job was not ended. */
  | { kind: "execution"; arn: string }
  | { kind: "unknown" };

/**
 * The queue has three senders, each with a shape of its own:
 * - the event source mapping's destination: `DDBStreamBatchInfo`, shard and sequence numbers
 *   (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html)
 * - the destination of failed invocations: the event as `requestPayload`
 *   (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html)
 * - a rule's dead letters: the event itself (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html)
 */
export function readLost(body: string): Lost {
  const message = parsed(body);
  if (isObject(message) && isObject(message["DDBStreamBatchInfo"])) return { kind: "rows" };
  const event = isObject(message) && "requestPayload" in message ? message["requestPayload"] : message;
  const detail = isObject(event) ? event["detail"] : undefined;
  const arn = isObject(detail) ? detail["durableExecutionArn"] : undefined;
  return typeof arn === "string" ? { kind: "execution", arn } : { kind: "unknown" };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
