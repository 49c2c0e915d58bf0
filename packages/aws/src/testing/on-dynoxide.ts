import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe } from "vitest";
import { type Dynoxide, noDynoxide, startDynoxide } from "./dynoxide.ts";

/** A DynamoDB with one table of records, while tests run. */
export interface OnDynoxide {
  dynoxide(): Dynoxide;
  table(): string;
  /** A client of one's own, to break. */
  connect(): DynamoDBClient;
}

/**
 * Tests on a real DynamoDB wire. Where there is no binary for this machine they are skipped, and the
 * suite's name says why; in CI there is no such excuse.
 */
export function onDynoxide(name: string, tests: (on: OnDynoxide) => void): void {
  const absent = process.env["CI"] === undefined ? noDynoxide() : undefined;
  describe.skipIf(absent !== undefined)(absent === undefined ? name : `${name} (${absent})`, () => {
    let running: { dynoxide: Dynoxide; table: string } | undefined;
    beforeAll(async () => {
      const dynoxide = await startDynoxide();
      running = { dynoxide, table: await dynoxide.makeTable() };
    });
    afterAll(() => running?.dynoxide.close());
    const up = () => {
      if (running === undefined) throw new Error("dynoxide runs only while tests do");
      return running;
    };
    tests({
      dynoxide: () => up().dynoxide,
      table: () => up().table,
      connect: () => new DynamoDBClient(up().dynoxide),
    });
  });
}
