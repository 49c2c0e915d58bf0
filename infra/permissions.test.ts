import { expect, inject, test } from "vitest";
import { registry } from "../packages/providers/src/registry.ts";
import { allOf, find, functionNamed, functionNames, statementsOf } from "./offline/graph.ts";

const graph = inject("production");
const personal = inject("personal");

const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:123456789012:${resource}`;
const TABLE = arn("dynamodb", `table/${find(graph, "aws:dynamodb/table:Table", "RecordsTable").inputs.name}`);
const BUCKET = `arn:aws:s3:::${find(graph, "aws:s3/bucket:Bucket", "PicturesBucket").inputs.bucket}`;
const LOST = arn("sqs", find(graph, "aws:sqs/queue:Queue", "LostQueue").inputs.name);
/** Every version of a workflow, and not the function without one. */
const versions = (name: string) => arn("lambda", `function:${functionNamed(graph, name).inputs.name}:*`);
const INPAINT = versions("InpaintHandler");
const NOTIFY = versions("NotifyHandler");

const allow = (Action: string[], ...Resource: string[]) => ({ Effect: "Allow", Action, Resource });
const dynamodb = (...verbs: string[]) =>
  allow(
    verbs.map((verb) => `dynamodb:${verb}`),
    TABLE,
  );

const listing = (...prefixes: string[]) => ({
  ...allow(["s3:ListBucket"], BUCKET),
  Condition: { StringLike: { "s3:prefix": prefixes } },
});

/** Vendors that a key is kept for. */
const withKeys = Object.keys(registry).filter((name) => registry[name]?.secretName !== undefined);

/** All that each function may do. */
const rights: Record<string, object[]> = {
  Api: [
    dynamodb("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    allow(["dynamodb:Query"], `${TABLE}/index/*`),
    allow(["s3:GetObject", "s3:DeleteObject"], `${BUCKET}/u/*`, `${BUCKET}/r/*`, `${BUCKET}/w/*`),
    allow(["s3:PutObject"], `${BUCKET}/u/*`),
    listing("r/*", "w/*"),
    allow(["lambda:InvokeFunction"], INPAINT, NOTIFY),
    allow(["lambda:SendDurableExecutionCallbackSuccess"], INPAINT),
  ],
  Compat: [
    dynamodb("GetItem", "PutItem", "UpdateItem"),
    dynamodb("Query", "DeleteItem"),
    allow(["lambda:SendDurableExecutionCallbackSuccess"], INPAINT),
    allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], `${BUCKET}/u/*`),
    allow(["s3:GetObject"], `${BUCKET}/r/*`, `${BUCKET}/w/*`),
    allow(["lambda:InvokeFunction"], INPAINT, NOTIFY),
  ],
  Webhook: [dynamodb("GetItem", "Query", "PutItem"), allow(["lambda:SendDurableExecutionCallbackSuccess"], INPAINT)],
  InpaintHandler: [
    dynamodb("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    allow(["dynamodb:Query"], `${TABLE}/index/*`),
    allow(["s3:GetObject", "s3:DeleteObject", "s3:PutObject"], `${BUCKET}/u/*`, `${BUCKET}/r/*`),
    allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], `${BUCKET}/w/*`),
    listing("r/*", "w/*"),
    allow(["ssm:GetParameter"], ...withKeys.map((name) => arn("ssm", `parameter/infill/production/providers/${name}`))),
    allow(["lambda:InvokeFunction"], NOTIFY),
    // the next in line for a vendor
    allow(["lambda:SendDurableExecutionCallbackSuccess"], INPAINT),
  ],
  NotifyHandler: [dynamodb("GetItem", "PutItem", "UpdateItem")],
  Relay: [
    allow(
      ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
      `${TABLE}/stream/2026-01-01T00:00:00.000`,
    ),
    dynamodb("GetItem"),
    allow(["lambda:InvokeFunction"], INPAINT, NOTIFY),
    allow(["sqs:SendMessage"], LOST),
  ],
  Expire: [
    dynamodb("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    allow(["dynamodb:Query"], `${TABLE}/index/*`),
    allow(["s3:DeleteObject"], `${BUCKET}/u/*`, `${BUCKET}/r/*`, `${BUCKET}/w/*`),
    allow(["s3:PutObject"], `${BUCKET}/u/*`),
    listing("r/*", "w/*"),
    allow(["lambda:SendDurableExecutionCallbackSuccess"], INPAINT),
    allow(["lambda:InvokeFunction"], NOTIFY),
    allow(["sqs:SendMessage"], LOST),
  ],
};

test("the list names every function", () => {
  expect(functionNames(graph).sort()).toEqual(Object.keys(rights).sort());
});

test.each(Object.entries(rights))("%s may do what is written here, and nothing else", (name, statements) => {
  expect(statementsOf(graph, name)).toEqual(statements);
});

test("where Bedrock is turned on, the workflow may invoke its two models, and nobody else may, nor more", () => {
  const models = ["stability.stable-image-inpaint-v1:0", "stability.stable-image-erase-object-v1:0"];
  const ofBedrock = functionNames(personal).flatMap((name) =>
    statementsOf(personal, name).flatMap((statement) =>
      JSON.stringify(statement).includes("bedrock") ? [[name, statement]] : [],
    ),
  );
  expect(ofBedrock).toEqual([
    [
      "InpaintHandler",
      allow(
        ["bedrock:InvokeModel"],
        ...models.map((model) => `arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.${model}`),
        ...models.flatMap((model) =>
          ["us-east-1", "us-east-2", "us-west-2"].map(
            (region) => `arn:aws:bedrock:${region}::foundation-model/${model}`,
          ),
        ),
      ),
    ],
  ]);
  expect(statementsOf(personal, "InpaintHandler")).toHaveLength((rights["InpaintHandler"]?.length ?? 0) + 1);
});

test("durable functions may keep their checkpoints, and every function its log", () => {
  for (const name of functionNames(graph)) {
    const policies = find(graph, "aws:iam/role:Role", `${name}Role`).inputs.managedPolicyArns;
    const durable = name.endsWith("Handler") ? ["AWSLambdaBasicDurableExecutionRolePolicy"] : [];
    expect(policies).toEqual(
      ["AWSLambdaBasicExecutionRole", ...durable].map((policy) => `arn:aws:iam::aws:policy/service-role/${policy}`),
    );
  }
});

test("no statement says everything, of anything or on everything", () => {
  for (const name of functionNames(graph)) {
    for (const { Action, Resource } of statementsOf(graph, name)) {
      for (const action of Action) expect(action).toMatch(/^\w+:\w+$/);
      for (const resource of Resource) expect(resource).toMatch(/^arn:aws:\w+:.*\w/);
    }
  }
});

test("only Lambda may take a function's role", () => {
  for (const { inputs } of allOf(graph, "aws:iam/role:Role")) {
    expect(JSON.parse(inputs.assumeRolePolicy).Statement).toEqual([
      { Effect: "Allow", Action: ["sts:AssumeRole"], Principal: { Service: ["lambda.amazonaws.com"] } },
    ]);
  }
});
