import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Keyring, openCapability, signCapability } from "./capability.ts";

const ring: Keyring = { current: "k2", keys: { k1: "an old secret", k2: "the present secret" } };
const NOW = Date.parse("2026-11-20T12:00:00Z");
const sign = (fields = ["job_1", "1"], expiresAt = NOW + 60_000) =>
  signCapability(ring, "callback:x", fields, expiresAt);

describe("a capability", () => {
  test("opens to the fields that were signed, until it expires", () => {
    const token = sign();
    expect(openCapability(ring, "callback:x", token, NOW)?.fields).toEqual(["job_1", "1"]);
    expect(openCapability(ring, "callback:x", token, NOW + 59_999)).toBeDefined();
    expect(openCapability(ring, "callback:x", token, NOW + 60_000)).toBeUndefined();
  });

  test("is good for one purpose only", () => {
    expect(openCapability(ring, "result", sign(), NOW)).toBeUndefined();
  });

  test("outlives the rotation of its key, and dies with the key", () => {
    const token = signCapability({ ...ring, current: "k1" }, "p", ["a"], NOW + 1000);
    expect(openCapability(ring, "p", token, NOW)?.fields).toEqual(["a"]);
    expect(openCapability({ current: "k2", keys: { k2: "the present secret" } }, "p", token, NOW)).toBeUndefined();
  });

  test("does not open when any one character is another", () => {
    const token = sign();
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(..."abcXYZ019-_."), (at, char) => {
        const forged = token.slice(0, at) + char + token.slice(at + 1);
        // the last character of base64url may hold unused bits: only what decodes differently is forged
        const same = Buffer.from(forged.split(".").at(-1) ?? "", "base64url").equals(
          Buffer.from(token.split(".").at(-1) ?? "", "base64url"),
        );
        if (forged === token || (same && at > token.lastIndexOf("."))) return;
        expect(openCapability(ring, "callback:x", forged, NOW)).toBeUndefined();
      }),
    );
  });

  test.each(["", ".", "..", "a.b.c", "job_1.1.9999999999.k2.", "job_1.1.9999999999.__proto__.AAAA", "x".repeat(300)])(
    "is not opened by %.40j",
    (token) => {
      expect(openCapability(ring, "callback:x", token, NOW)).toBeUndefined();
    },
  );
});
