import type { Records } from "@infill/core";
import { credentials, endpointOf, required } from "./environment.ts";
import { lazily } from "./lazily.ts";
import { clock } from "./system.ts";

/** The deployment's table. */
export const records = (): Records =>
  lazily(async () =>
    (await import("@infill/aws/records")).createDynamoRecords({
      table: required("TABLE"),
      client: { region: required("AWS_REGION"), credentials: async () => credentials(), ...endpointOf("DYNAMODB") },
      clock,
      retentionDays: Number(required("RECORD_DAYS")),
    }),
  );
