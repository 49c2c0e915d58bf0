import { ERRORS, type ErrorCode, InfillError } from "@infill/core";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { onError } from "./errors.ts";

const silent = { info() {}, warn() {}, error() {} };

async function answerTo(error: Error) {
  const app = new Hono().get("/", () => {
    throw error;
  });
  app.onError(onError(silent));
  const answer = await app.request("/");
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

test.each<[ErrorCode, number, string, string]>([
  ["invalid_request", 400, "invalid_request_error", "invalid_value"],
  ["unsupported_option", 400, "invalid_request_error", "unsupported_parameter"],
  ["not_found", 404, "invalid_request_error", "not_found"],
  ["unauthorized", 401, "invalid_request_error", "invalid_api_key"],
  ["forbidden", 403, "invalid_request_error", "forbidden"],
  ["idempotency_mismatch", 400, "invalid_request_error", "idempotency_mismatch"],
  ["budget_exceeded", 429, "insufficient_quota", "insufficient_quota"],
  ["rate_limited", 429, "requests", "rate_limit_exceeded"],
  ["asset_missing", 400, "invalid_request_error", "file_not_found"],
  ["asset_invalid", 400, "invalid_request_error", "invalid_image_file"],
  ["mask_mismatch", 400, "invalid_request_error", "invalid_image_file"],
  ["content_rejected", 400, "image_generation_user_error", "moderation_blocked"],
  ["provider_rejected", 502, "server_error", "provider_rejected"],
  ["provider_unavailable", 503, "server_error", "provider_unavailable"],
  ["outcome_unknown", 504, "server_error", "outcome_unknown"],
  ["canceled", 409, "invalid_request_error", "canceled"],
  ["internal", 500, "server_error", "internal"],
])("%s is a %i of type %s", async (code, status, type, openAiCode) => {
  const answer = await answerTo(new InfillError(code, "what went wrong"));
  expect(answer).toMatchObject({
    status,
    body: { error: { message: "what went wrong", type, param: null, code: openAiCode } },
  });
  // OpenAI's clients would retry every 409, 429 and 5xx: only what can help is
  expect(answer.headers.get("x-should-retry")).toBe(String(ERRORS[code].retryable));
});

test("every error there is has its place", () => {
  expect(Object.keys(ERRORS)).toHaveLength(17);
});

test("a wait is told, and a field by OpenAI's name for it", async () => {
  const limited = await answerTo(new InfillError("rate_limited", "slow down", { retryAfterSeconds: 1.2 }));
  expect(limited.headers.get("retry-after")).toBe("2");
  const { body } = await answerTo(
    new InfillError("unsupported_option", "/outputQuality: png is lossless", { pointer: "/outputQuality" }),
  );
  expect(body).toMatchObject({
    error: { param: "output_compression", message: "output_compression: png is lossless" },
  });
});

test("what nobody foresaw says nothing of itself", async () => {
  const { status, body } = await answerTo(new TypeError("secret"));
  expect([status, JSON.stringify(body)]).toEqual([500, expect.not.stringContaining("secret")]);
});
