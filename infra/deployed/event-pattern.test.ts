import { expect, test } from "vitest";
import { matches } from "./event-pattern.ts";

const pattern = { source: ["aws.lambda"], detail: { status: ["FAILED", "STOPPED"], arn: [{ prefix: "arn:a" }] } };
const event = { source: "aws.lambda", detail: { status: "STOPPED", arn: "arn:abc", more: 1 } };

test("an event matches when every field of the pattern has one of its values", () => {
  expect(matches(pattern, event)).toBe(true);
});

test.each([
  { ...event, source: "aws.s3" },
  { ...event, detail: { ...event.detail, status: "SUCCEEDED" } },
  { ...event, detail: { ...event.detail, arn: "arn:b" } },
  { source: "aws.lambda" },
])("an event that lacks one, or has another, does not: %o", (other) => {
  expect(matches(pattern, other)).toBe(false);
});
