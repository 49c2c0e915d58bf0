import { expect, test } from "vitest";
import { buildDocument } from "./document.ts";
import { examples } from "./examples.ts";
import { createValidator } from "./validator.ts";

const REQUEST_ID = `req_${"0".repeat(26)}`;
const validator = createValidator(buildDocument());
const job = examples().find(({ operation, name }) => operation === "createEdit" && name === "erase");
const body = job?.answer.body as Record<string, unknown>;
const headers = {
  "content-type": "application/json",
  "x-request-id": REQUEST_ID,
  etag: 'W/"7"',
  location: "/v1/jobs/x",
};

const judge = (status: number, change: object = {}, without = "x-none") => {
  const given = new Headers(headers);
  given.delete(without);
  return validator.answer("POST", "/v1/inpaint", {
    status,
    headers: given,
    text: JSON.stringify({ ...body, ...change }),
  });
};

test("an answer as documented is nothing to speak of", () => {
  expect(judge(200)).toEqual([]);
});

test.each<[string, () => string[], RegExp]>([
  ["a field that nobody described", () => judge(200, { colour: "red" }), /colour/],
  ["a field of another type", () => judge(200, { progress: "all" }), /progress/],
  ["a status", () => judge(418), /418 is not documented/],
  ["a header that is always there, and is not", () => judge(200, {}, "etag"), /no ETag/],
  [
    "another type",
    () => validator.answer("GET", "/healthz", { status: 200, headers: new Headers(), text: "{}" }),
    /none/,
  ],
  [
    "a success where nothing is",
    () => validator.answer("GET", "/v3", { status: 200, headers: new Headers(), text: "" }),
    /no operation/,
  ],
])("%s that is not documented is found", (_, judged, words) => {
  expect(judged().join()).toMatch(words);
});

test("a code that an operation does not have is found", () => {
  const problem = { type: "urn:infill:problem:canceled", title: "", detail: "", code: "canceled", retryable: false };
  const text = JSON.stringify({ ...problem, status: 404, requestId: REQUEST_ID });
  const answered = {
    status: 404,
    headers: new Headers({ ...headers, "content-type": "application/problem+json" }),
    text,
  };
  expect(validator.answer("GET", "/v1/jobs/x", answered).join()).toMatch(/code/);
});

test("a body is held against its schema", () => {
  expect(validator.accepts("POST", "/v1/uploads", { contentType: "image/png", contentLength: 4 })).toBe(true);
  expect(validator.accepts("POST", "/v1/uploads", { contentType: "image/png", contentLength: 0 })).toBe(false);
  expect(validator.accepts("GET", "/healthz", {})).toBe(false);
});
