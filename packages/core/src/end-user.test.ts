import { expect, test } from "vitest";
import { endUserHash } from "./end-user.ts";

const ring = { current: "2", keys: { 1: "one", 2: "two" } };

test("an end user is the same each time, another for another tenant, name or key, and is not named", () => {
  const ann = endUserHash(ring, "acme", "ann@example.com");
  expect(ann).toMatch(/^[\w-]{32}$/);
  expect(endUserHash(ring, "acme", "ann@example.com")).toBe(ann);
  const others = [
    endUserHash(ring, "acme", "ben"),
    endUserHash(ring, "other", "ann@example.com"),
    endUserHash({ ...ring, current: "1" }, "acme", "ann@example.com"),
    // a tenant's name and a user's do not run together
    endUserHash(ring, 'acme","ann', "@example.com"),
  ];
  expect(new Set([ann, ...others]).size).toBe(5);
});

test("without its key there is none", () => {
  expect(() => endUserHash({ current: "3", keys: {} }, "acme", "ann")).toThrow("no key named 3");
});
