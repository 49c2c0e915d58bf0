import { describeRecords, SAMPLE_TIME } from "@infill/core/testing";
import { threeInTen, withConflicts } from "../testing/faults.ts";
import { onDynoxide } from "../testing/on-dynoxide.ts";
import { createDynamoRecords } from "./index.ts";

const clock = { now: () => SAMPLE_TIME, sleep: () => Promise.resolve() };

onDynoxide("on dynoxide", ({ dynoxide, table, connect }) => {
  const close = async () => {};

  describeRecords("DynamoDB", async () => ({
    records: createDynamoRecords({ table: table(), client: dynoxide(), clock }),
    close,
  }));

  describeRecords("DynamoDB, three writes in ten meeting others", async () => ({
    records: createDynamoRecords({ table: table(), client: withConflicts(connect(), threeInTen()), clock }),
    close,
  }));
});
