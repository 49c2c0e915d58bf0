import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SAMPLE_TIME, sampleTenant } from "@infill/core/testing";
import { describe, expect, test } from "vitest";
import { withUnreadKeys } from "../testing/faults.ts";
import { onDynoxide } from "../testing/on-dynoxide.ts";
import { createRows } from "./rows.ts";

onDynoxide("DynamoDB's rows", ({ table, connect }) => {
  function stage(client: DynamoDBClient) {
    const pauses: number[] = [];
    const clock = {
      now: () => SAMPLE_TIME,
      sleep: async (ms: number) => {
        pauses.push(ms);
      },
    };
    const rows = createRows({ client, table: table(), clock, random: () => 0.5 });
    const tenant = sampleTenant();
    return {
      pauses,
      /** Rows behind an index, in its order. */
      async put(keys: { pk: string; sk: string }[]) {
        for (const [i, { pk, sk }] of keys.entries())
          await rows.put({ pk: `${tenant}#${pk}`, sk, ofTenant: tenant, made: String(i).padStart(3, "0") }, "putting");
      },
      async list(): Promise<string[]> {
        const where = { condition: "#ofTenant = :tenant", values: { tenant }, newestFirst: false, page: 100 };
        const listed: string[] = [];
        for await (const { pk, sk } of rows.byIndex("jobsOfTenant", where, "listing"))
          listed.push(`${String(pk).slice(tenant.length + 1)}/${sk}`);
        return listed;
      },
    };
  }
  const numbered = (count: number) => Array.from({ length: count }, (_, i) => ({ pk: `row${i}`, sk: "row" }));

  describe("listed", () => {
    test("are told apart by both of their keys", async () => {
      const { put, list } = stage(connect());
      await put([
        { pk: "a", sk: "1" },
        { pk: "a", sk: "2" },
        { pk: "b", sk: "1" },
      ]);
      expect(await list()).toEqual(["a/1", "a/2", "b/1"]);
    });

    test("are asked for again, after growing pauses, as long as some were left unread", async () => {
      const { put, list, pauses } = stage(withUnreadKeys(connect()));
      await put(numbered(4));
      expect(await list()).toEqual(["row0/row", "row1/row", "row2/row", "row3/row"]);
      expect(pauses).toEqual([12.5, 25, 50]);
    });

    test("with some left unread every time, they say when to come again", async () => {
      const { put, list, pauses } = stage(withUnreadKeys(connect()));
      await put(numbered(9));
      await expect(list()).rejects.toMatchObject({
        code: "internal",
        status: 503,
        retryable: true,
        options: { retryAfterSeconds: 2 },
      });
      expect(pauses).toEqual([12.5, 25, 50, 100, 200, 400, 500]);
    });
  });
});
