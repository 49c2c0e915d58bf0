import { CreateTableCommand, DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import type { Resource } from "./graph.ts";

/** Makes a table as the graph describes it. @returns its name */
export async function createTable(table: Resource, address: DynamoDBClientConfig): Promise<string> {
  const { attributes, hashKey, rangeKey, name, billingMode, globalSecondaryIndexes, streamViewType } = table.inputs;
  const keySchema = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: "HASH" as const },
    { AttributeName: range, KeyType: "RANGE" as const },
  ];
  const client = new DynamoDBClient(address);
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: billingMode,
      AttributeDefinitions: attributes.map((attribute: { name: string; type: "S" }) => ({
        AttributeName: attribute.name,
        AttributeType: attribute.type,
      })),
      KeySchema: keySchema(hashKey, rangeKey),
      StreamSpecification: { StreamEnabled: true, StreamViewType: streamViewType },
      GlobalSecondaryIndexes: globalSecondaryIndexes.map(
        (index: { name: string; hashKey: string; rangeKey: string; projectionType: "KEYS_ONLY" }) => ({
          IndexName: index.name,
          KeySchema: keySchema(index.hashKey, index.rangeKey),
          Projection: { ProjectionType: index.projectionType },
        }),
      ),
    }),
  );
  client.destroy();
  return name;
}
