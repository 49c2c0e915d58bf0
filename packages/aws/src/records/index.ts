export { createDynamoHolds, createDynamoRecords, type DynamoAddress, type DynamoRecordsOptions } from "./dynamo.ts";
export * from "./table.ts";
