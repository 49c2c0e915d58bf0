import type { Records } from "@infill/core";
import { describeRecords } from "@infill/core/testing";
import { copy } from "./copy.ts";
import { portOf } from "./port-of.ts";
import { MemoryRecords } from "./records.ts";

describeRecords("memory", async () => {
  const store = new MemoryRecords();
  return {
    records: portOf<Records>(
      () => store,
      // what these records hand out throws when it is changed; the contract tries that, and looks for what it did
      async (_, effect) => copy(effect()),
    ),
    close: async () => {},
  };
});
