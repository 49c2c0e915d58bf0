import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";
import type { OutgoingEvent } from "@infill/core";
import { recordsFailure } from "./failure.ts";
import { fromItem } from "./item.ts";

/**
 * Ids of events that are to be delivered and of which no delivery was ever tried: what a start of their
 * delivery that was lost leaves behind, and those of a moment ago.
 *
 * Reads the whole table, page after page: no index holds events, for only an operator who makes up for a
 * failure asks. A gigabyte of records is read for some cents.
 *
 * @throws InfillError `internal` when the table fails
 */
export async function* undeliveredEvents(options: { client: DynamoDBClient; table: string }): AsyncGenerator<string> {
  const client = DynamoDBDocumentClient.from(options.client);
  const pages = paginateScan(
    { client },
    {
      TableName: options.table,
      FilterExpression: "#sk = :event AND attribute_exists(#url)",
      ExpressionAttributeNames: { "#sk": "sk", "#url": "url" },
      ExpressionAttributeValues: { ":event": "event" },
    },
  );
  try {
    for await (const { Items = [] } of pages) {
      for (const item of Items) {
        const { id, delivery } = fromItem<OutgoingEvent>(item);
        if (delivery.state === "pending" && delivery.attempts === 0) yield id;
      }
    }
  } catch (error) {
    throw recordsFailure(error, "looking for undelivered events");
  }
}
