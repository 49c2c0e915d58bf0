import { ERRORS, type ErrorCode, InfillError, type Job } from "@infill/core";
import { expect, test } from "vitest";
import { failureOf, statusOf, toBody } from "./errors.ts";

const EXTERNAL = "EXTERNAL_API_RESPONSE_WITH_ERROR";

test.each<[ErrorCode, number, string, number?]>([
  ["invalid_request", 400, EXTERNAL, 400],
  ["unsupported_option", 400, EXTERNAL, 400],
  ["not_found", 404, EXTERNAL, 400],
  ["unauthorized", 401, "INVALID_AUTH_TOKEN"],
  ["forbidden", 400, EXTERNAL, 400],
  ["idempotency_mismatch", 400, EXTERNAL, 400],
  ["budget_exceeded", 402, "INSUFFICIENT_CREDITS"],
  ["rate_limited", 429, "RATE_LIMIT_EXCEEDED"],
  ["asset_missing", 400, EXTERNAL, 400],
  ["asset_invalid", 400, EXTERNAL, 400],
  ["mask_mismatch", 400, EXTERNAL, 400],
  ["content_rejected", 400, EXTERNAL, 400],
  ["provider_rejected", 400, EXTERNAL, 400],
  ["provider_unavailable", 400, EXTERNAL, 503],
  ["outcome_unknown", 400, "UNKNOWN_ERROR"],
  ["canceled", 400, EXTERNAL, 400],
  ["internal", 500, "UNKNOWN_ERROR"],
])("%s is a %i %s", (code, status, errorCode, inside) => {
  const error = new InfillError(code, "what went wrong");
  const { details, ...body } = toBody(error);
  expect([statusOf(error), body]).toEqual([status, { errorCode, message: "what went wrong" }]);
  expect(details === undefined ? undefined : JSON.parse(details).response.status).toBe(inside);
});

test("every error there is has its place", () => {
  expect(Object.keys(ERRORS)).toHaveLength(17);
});

test.each([
  ["refunded", 500],
  ["settled", 400],
  ["unreconciled", 400],
] as const)("a job that broke and is %s is a %i: what may be paid for is not retried by itself", (state, status) => {
  const error = new InfillError("internal", "could not be stored").toRecord();
  const job: Pick<Job, "error" | "status" | "settlement"> = {
    status: "failed",
    error,
    settlement: { state, amount: 1 },
  };
  const failure = failureOf(job);
  expect(failure && statusOf(failure)).toBe(status);
});

test("a field is called what the format calls it", () => {
  const error = new InfillError("unsupported_option", "/providerOptions/styleType: with stylePreset, takes AUTO", {
    pointer: "/providerOptions/styleType",
  });
  expect(toBody(error).message).toBe("style_type: with style_preset, takes AUTO");
});
