import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createAwsEngine } from "@infill/aws/engine";
import { createDynamoRecords } from "@infill/aws/records";
import { undeliveredEvents } from "@infill/aws/records/undelivered";
import type { Clock, Engine, Records } from "@infill/core";
import type { Env } from "../settings.ts";
import type { FoundStage } from "./deployed-stage.ts";

/** A deployed stage's records and engine, in an operator's hands. */
export interface OpenStage {
  records: Records;
  engine: Engine;
  undelivered: () => AsyncGenerator<string>;
  close(): void;
}

export function openStage(found: FoundStage, { env, clock }: { env: Env; clock: Clock }): OpenStage {
  const { region, table, functions, recordDays } = found;
  const { credentials } = found.parameters;
  const client = new DynamoDBClient({ region, credentials });
  const lambda = env["AWS_ENDPOINT_URL_LAMBDA"] || env["AWS_ENDPOINT_URL"];
  return {
    records: createDynamoRecords({ table, client, clock, retentionDays: recordDays }),
    engine: createAwsEngine({ region, credentials, functions, clock, ...(lambda ? { endpoint: lambda } : {}) }),
    undelivered: () => undeliveredEvents({ client, table }),
    close: () => client.destroy(),
  };
}
