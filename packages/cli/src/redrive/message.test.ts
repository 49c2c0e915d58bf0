import { expect, test } from "vitest";
import { readLost } from "./message.ts";

const ARN = "arn:aws:lambda:eu-west-1:123456789012:function:inpaint:7/durable-execution/job_1/0d6c";
const event = {
  source: "aws.lambda",
  "detail-type": "Durable Execution Status Change",
  detail: { durableExecutionArn: ARN, status: "FAILED" },
};
const given = {
  version: "1.0",
  timestamp: "2026-01-01T00:00:00.000Z",
  requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 3 },
};

test.each([
  ["a rule's dead letter", event, { kind: "execution", arn: ARN }],
  ["an invocation that failed", { ...given, requestPayload: event }, { kind: "execution", arn: ARN }],
  ["a batch of the stream", { ...given, DDBStreamBatchInfo: { shardId: "shardId-1" } }, { kind: "rows" }],
  ["an event of something else", { ...event, detail: { "instance-id": "i-1" } }, { kind: "unknown" }],
  ["a list", [], { kind: "unknown" }],
  ["nothing", null, { kind: "unknown" }],
])("%s is told by its shape", (_, message, lost) => {
  expect(readLost(JSON.stringify(message))).toEqual(lost);
});

test("what is not JSON is nothing we know", () => {
  expect(readLost("hello")).toEqual({ kind: "unknown" });
});
