import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";
import { isUntold } from "@infill/core";
import { fromEventItem } from "./events.ts";
import { recordsFailure } from "./failure.ts";

/**
 * Ids of events that are to be delivered and of which a delivery was never tried: what a start of their
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
      FilterExpression: "#sk = :event AND (attribute_exists(#url) OR attribute_exists(#endpoints))",
      ExpressionAttributeNames: { "#sk": "sk", "#url": "url", "#endpoints": "endpoints" },
      ExpressionAttributeValues: { ":event": "event" },
    },
  );
  try {
    for await (const { Items = [] } of pages) {
      for (const item of Items) {
        const event = fromEventItem(item);
        if (isUntold(event)) yield event.id;
      }
    }
  } catch (error) {
    throw recordsFailure(error, "looking for undelivered events");
  }
}
