import type { Records } from "@infill/core";
import { required, tableAddress } from "./environment.ts";
import { lazily } from "./lazily.ts";
import { clock } from "./system.ts";

/** The deployment's table. */
export const records = (): Records =>
  lazily(async () =>
    (await import("@infill/aws/records")).createDynamoRecords({
      ...tableAddress(),
      clock,
      retentionDays: Number(required("RECORD_DAYS")),
    }),
  );
