import type { Records } from "@infill/core";
import { describeRecords } from "@infill/core/testing";
import { portOf } from "./port-of.ts";
import { MemoryRecords } from "./records.ts";

describeRecords("memory", async () => {
  const store = new MemoryRecords();
  return {
    records: portOf<Records>(
      () => store,
      async (_, effect) => effect(),
    ),
    close: async () => {},
  };
});
