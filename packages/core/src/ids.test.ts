import { describe, expect, test } from "vitest";
import { canonicalJson, isId, jobIdFor, randomIds } from "./ids.ts";

const scope = { namespace: "infill/dev", tenant: "t", subject: "key_1", idempotencyKey: "order-7" };

describe("ids", () => {
  test("are prefixed, and never the same twice", () => {
    const made = new Set(Array.from({ length: 1000 }, () => randomIds.make("job")));
    expect(made.size).toBe(1000);
    for (const id of made) expect(isId("job", id)).toBe(true);
    expect(isId("ast", [...made][0] ?? "")).toBe(false);
  });

  test("an idempotency key stands for one job of one caller", () => {
    expect(jobIdFor(scope)).toBe(jobIdFor({ ...scope }));
    expect(isId("job", jobIdFor(scope))).toBe(true);
    const others = [
      { ...scope, namespace: "infill/production" },
      { ...scope, tenant: "u" },
      { ...scope, subject: "key_2" },
      { ...scope, idempotencyKey: "order-8" },
      // fields cannot run into one another
      { ...scope, tenant: 't","key_1', subject: "" },
    ];
    expect(new Set([scope, ...others].map(jobIdFor)).size).toBe(others.length + 1);
  });
});

test("canonical JSON does not depend on the order of keys or on absent ones", () => {
  expect(canonicalJson({ b: [1, { d: 2, c: undefined }], a: "x" })).toBe('{"a":"x","b":[1,{"d":2}]}');
});
