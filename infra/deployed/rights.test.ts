import { json } from "node:stream/consumers";
import { expect, inject, onTestFinished, test } from "vitest";
import { find } from "../offline/graph.ts";
import { listen, sendJson } from "./listen.ts";
import { OPERATOR, rightsOf } from "./rights.ts";
import { startTableDoor } from "./table-door.ts";
import { countUsage } from "./usage.ts";

const { graph } = inject("deployment");
const rights = rightsOf(graph);
const TABLES = "arn:aws:dynamodb:us-east-1:123456789012:table/";
const table = find(graph, "aws:dynamodb/table:Table", "RecordsTable").inputs.name;
const bucket = `arn:aws:s3:::${find(graph, "aws:s3/bucket:Bucket", "PicturesBucket").inputs.bucket}`;

test.each([
  ["Api", "s3:GetObject", `${bucket}/r/job/0.png`, true],
  ["Api", "s3:PutObject", `${bucket}/r/job/0.png`, false],
  ["Api", "s3:GetObject", `${bucket}/w/job/preview.png`, true],
  ["Api", "s3:PutObject", `${bucket}/w/job/image.png`, false],
  ["Webhook", "s3:GetObject", `${bucket}/r/job/0.png`, false],
  ["Webhook", "dynamodb:UpdateItem", TABLES + table, false],
  ["NotifyHandler", "dynamodb:DeleteItem", TABLES + table, false],
  ["NotifyHandler", "lambda:CheckpointDurableExecution", "arn:aws:lambda:any", true],
  ["Relay", "lambda:CheckpointDurableExecution", "arn:aws:lambda:any", false],
  ["nobody", "s3:GetObject", `${bucket}/r/job/0.png`, false],
  [OPERATOR, "s3:GetObject", `${bucket}/r/job/0.png`, true],
])("%s, %s on %s: %s", (who, action, resource, allowed) => {
  expect(rights.allows(who, { action, resource })).toBe(allowed);
});

test("a condition holds for what it names", () => {
  const list = (prefix?: string) =>
    rights.allows("InpaintHandler", { action: "s3:ListBucket", resource: bucket, context: { "s3:prefix": prefix } });
  expect([list("w/job/"), list("r/job/"), list("u/acme/"), list()]).toEqual([true, true, false, false]);
});

test("an upload that could be written twice is denied, even to the operator", () => {
  const put = (who: string, ifNoneMatch?: string) =>
    rights.allows(who, {
      action: "s3:PutObject",
      resource: `${bucket}/u/acme/photo`,
      context: { "s3:if-none-match": ifNoneMatch },
    });
  expect([put("Api", "*"), put("Api"), put(OPERATOR)]).toEqual([true, false, false]);
});

test("every item of a transaction is asked about, and what is refused does not arrive", async () => {
  const arrived: unknown[] = [];
  const dynamodb = await listen(async (request, response) => {
    arrived.push(await json(request));
    sendJson(response, 200, {});
  });
  onTestFinished(dynamodb.close);
  const door = await startTableDoor({ endpoint: dynamodb.url, rights, tables: TABLES, usage: countUsage() });
  onTestFinished(door.close);

  const write = (who: string) =>
    fetch(door.url, {
      method: "POST",
      headers: { "x-amz-target": "DynamoDB_20120810.TransactWriteItems", "x-amz-security-token": who },
      body: JSON.stringify({ TransactItems: [{ Put: { TableName: table } }, { Update: { TableName: table } }] }),
    });
  expect((await write("Api")).status).toBe(200);
  const refused = await write("Webhook");
  expect([refused.status, await refused.json()]).toEqual([
    400,
    { __type: "com.amazon.coral.service#AccessDeniedException", Message: expect.stringContaining("UpdateItem") },
  ]);
  expect(arrived).toHaveLength(1);
});
