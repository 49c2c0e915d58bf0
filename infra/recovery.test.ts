import { newRowsFilters } from "@infill/aws/records/table";
import { expect, inject, test } from "vitest";
import { allOf, find, functionNamed } from "./offline/graph.ts";

const graph = inject("production");
const lost = find(graph, "aws:sqs/queue:Queue", "LostQueue").inputs;
const arnOf = (service: string, name: string) => `arn:aws:${service}:us-east-1:123456789012:${name}`;
const lostArn = arnOf("sqs", lost.name);

test("what is lost is kept for two weeks, encrypted", () => {
  expect(lost).toMatchObject({ messageRetentionSeconds: 1_209_600, sqsManagedSseEnabled: true });
});

test("the relay reads new rows from the first on, tries for half an hour, and reports what it gave up", () => {
  const [mapping, ...others] = allOf(graph, "aws:lambda/eventSourceMapping:EventSourceMapping");
  expect(others).toEqual([]);
  expect(mapping?.inputs).toMatchObject({
    functionName: expect.stringContaining(functionNamed(graph, "Relay").inputs.name),
    eventSourceArn: expect.stringMatching(/table\/.*\/stream\//),
    startingPosition: "TRIM_HORIZON",
    functionResponseTypes: ["ReportBatchItemFailures"],
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 20,
    maximumRecordAgeInSeconds: 1800,
    destinationConfig: { onFailure: { destinationArn: lostArn } },
    filterCriteria: { filters: newRowsFilters.map((filter) => ({ pattern: JSON.stringify(filter) })) },
  });
});

test("an execution of the workflow that failed, timed out or was stopped leads to expire", () => {
  const rule = find(graph, "aws:cloudwatch/eventRule:EventRule", "ExecutionEnded").inputs;
  expect(JSON.parse(rule.eventPattern)).toEqual({
    source: ["aws.lambda"],
    "detail-type": ["Durable Execution Status Change"],
    detail: {
      status: ["FAILED", "TIMED_OUT", "STOPPED"],
      functionArn: [{ prefix: arnOf("lambda", `function:${functionNamed(graph, "InpaintHandler").inputs.name}`) }],
    },
  });
  const expire = functionNamed(graph, "Expire").inputs.name;
  expect(find(graph, "aws:cloudwatch/eventTarget:EventTarget", "ExecutionEndedTarget").inputs).toMatchObject({
    arn: arnOf("lambda", `function:${expire}`),
    retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
    deadLetterConfig: { arn: lostArn },
  });
  expect(find(graph, "aws:lambda/permission:Permission", "ExecutionEndedPermission").inputs).toMatchObject({
    function: expire,
    principal: "events.amazonaws.com",
    sourceArn: expect.stringMatching(/:rule\//),
  });
});

test("expire tries three times, and reports what it gave up", () => {
  const retries = find(graph, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "ExpireRetries").inputs;
  expect(retries).toMatchObject({
    functionName: functionNamed(graph, "Expire").inputs.name,
    maximumRetryAttempts: 2,
    destinationConfig: { onFailure: { destination: lostArn } },
  });
});

test("only the rule's undelivered events may be put into the queue from outside", () => {
  const { policy } = find(graph, "aws:sqs/queuePolicy:QueuePolicy", "LostPolicy").inputs;
  expect(JSON.parse(policy).Statement).toEqual([
    {
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: lostArn,
      Condition: { ArnEquals: { "aws:SourceArn": expect.stringMatching(/:rule\//) } },
    },
  ]);
});
