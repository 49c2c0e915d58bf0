import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SAMPLE_TIME, sampleEnd, sampleJob, sampleTenant } from "@infill/core/testing";
import { describe, expect, test } from "vitest";
import { onDynoxide } from "../testing/on-dynoxide.ts";
import { createDynamoRecords } from "./index.ts";

const clock = { now: () => SAMPLE_TIME, sleep: () => Promise.resolve() };
/** 401 days: five batches of keys. */
const KEPT = { from: "2024-11-27", to: "2026-01-01" };
const BATCHES = Array<string>(5).fill("BatchGetItem");

/** @param before called before each request with its name */
function watched(client: DynamoDBClient, before: (asked: string) => unknown = () => {}) {
  const seen = { asked: [] as string[], rows: 0 };
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const name = commandName.replace(/Command$/, "");
        await before(name);
        seen.asked.push(name);
        const answer = await next(args);
        const { Items = [], Responses = {} } = answer.output as { Items?: object[]; Responses?: object };
        seen.rows += [...Items, ...Object.values(Responses).flat()].length;
        return answer;
      },
    { step: "initialize", priority: "high", name: "watched" },
  );
  return seen;
}

onDynoxide("DynamoDB's books", ({ table, connect }) => {
  const over = (client: DynamoDBClient) => createDynamoRecords({ table: table(), client, clock });
  function stage() {
    const [tenant, records] = [sampleTenant(), over(connect())];
    const end = async (user: string, day: string) => {
      const job = sampleJob({ tenant, user, createdAt: Date.parse(day) });
      await records.createJob(job);
      await records.endJob(job.id, sampleEnd(job));
    };
    const listed = async () => {
      const rows = await records.listUsage({ tenant, kind: "user", ...KEPT });
      return rows.map(({ day, names, counts }) => [day, ...names, counts.succeeded]).sort();
    };
    return { tenant, end, listed };
  }

  describe("forget a user", () => {
    test.each([1, 30])("by keys, and read nothing of %i others", async (others) => {
      const { tenant, end } = stage();
      for (const day of ["2024-11-28", "2025-06-30", "2026-01-01"]) await end("ada", day);
      for (let i = 0; i < others; i++) await end(`user${i}`, "2026-01-01");
      const client = connect();
      const seen = watched(client);
      await over(client).forgetUser({ tenant, user: "ada", ...KEPT });
      const moves = Array<string>(3).fill("TransactWriteItems");
      expect(seen).toEqual({ asked: [...BATCHES, ...moves, ...BATCHES], rows: 3 });
    });

    test("also of a job that ends meanwhile", async () => {
      const { tenant, end, listed } = stage();
      await end("ada", "2025-06-30");
      const client = connect();
      let ended = 0;
      watched(client, async (asked) => {
        if (asked === "TransactWriteItems" && ++ended === 1) await end("ada", "2025-06-30");
      });
      await over(client).forgetUser({ tenant, user: "ada", ...KEPT });
      expect(await listed()).toEqual([["2025-06-30", "", 2]]);
    });
  });
});
