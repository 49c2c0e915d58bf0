import { InfillError, ProviderFailure } from "@infill/core";
import { describe, expect, test } from "vitest";
import { beforeSending, cleanVendorText, unansweredSubmit } from "./failures.ts";
import { HttpFailure } from "./http-failure.ts";

describe("a vendor's words", () => {
  test.each([
    ["lines\r\nand\ttabs", "lines and tabs"],
    ["bell\u0007 and \u202eoverride", "bell and override"],
    ["could not read https://bucket.example.com/u/1?X-Amz-Signature=abc now", "could not read […] now"],
    ["prompt 'a secret cat' and 'a secret' refused", "prompt '[…]' and '[…]' refused"],
    ["x".repeat(301), `${"x".repeat(299)}…`],
    ["concatenation failed", "concatenation failed"],
    [`could not read ${"x".repeat(40)}://bucket/?sig=abc`, `could not read ${"x".repeat(8)}[…]`],
    ["could not read 1https://bucket/?sig=abc", "could not read 1[…]"],
    [`see https://bucket/?sig=${"x".repeat(2_000)} and so on`, "see […] and so on"],
    [`${" ".repeat(8_188)}a secret cat`, "[…]"],
    [`${" ".repeat(8_192)}so far nobody looks`, ""],
    ["   ", ""],
  ])("%j becomes %j", (text, clean) => {
    expect(cleanVendorText(text, ["", "cat", "a secret", "a secret cat"])).toBe(clean);
  });
});

test.each(["a-", "a.", "://", " ", "a secret "])("a hundred kilobytes of %j are cleaned at once", (piece) => {
  const text = piece.repeat(100_000 / piece.length);
  const start = performance.now();
  cleanVendorText(text, ["a secret"]);
  expect(performance.now() - start).toBeLessThan(5_000); // half a minute, if it were quadratic in the length
});

describe("what fails before anything is sent", () => {
  const failing = (error: unknown) => beforeSending("Vendor", () => Promise.reject(error)).catch((thrown) => thrown);

  test("was not accepted, and keeps its own code where it has one", async () => {
    expect(await failing(new InfillError("asset_missing", "gone"))).toMatchObject({
      code: "asset_missing",
      message: "gone",
      accepted: "no",
    });
    expect(await failing(new Error("a secret"))).toMatchObject({
      code: "internal",
      message: "The request to Vendor could not be made",
      accepted: "no",
    });
  });

  test("is left as it is when it says itself who took what", async () => {
    const failure = new ProviderFailure("rate_limited", "slow down", { accepted: "no" });
    expect(await failing(failure)).toBe(failure);
  });
});

describe("a submit without an answer", () => {
  test.each([
    [new HttpFailure("connect", "no", "refused"), { code: "provider_unavailable", accepted: "no", retryable: true }],
    [new HttpFailure("unsafe-url", "no", "inside"), { code: "provider_unavailable", accepted: "no", retryable: false }],
    [new HttpFailure("timeout", "no", "slow"), { code: "provider_unavailable", accepted: "no", retryable: true }],
    [new HttpFailure("timeout", "maybe", "slow"), { code: "outcome_unknown", accepted: "unknown", retryable: false }],
    [new HttpFailure("broken", "maybe", "reset"), { code: "outcome_unknown", accepted: "unknown", retryable: false }],
  ])("%o is %o", (error, expected) => {
    expect(unansweredSubmit("Vendor", error)).toMatchObject(expected);
  });

  test("a fault of our own is not dressed up as the vendor's", () => {
    expect(() => unansweredSubmit("Vendor", new TypeError("bug"))).toThrow(TypeError);
  });
});

describe("a vendor's words", () => {
  const prompt = "a canary\n  in a cage";
  test.each([
    [`cannot paint ${prompt} now`, "cannot paint […] now"],
    ["cannot paint a canary in a cage now", "cannot paint […] now"],
    ["see https://a.example/x?sig=1 for more", "see […] for more"],
  ])("%j come without what it repeats of the request", (said, shown) => {
    expect(cleanVendorText(said, [prompt, "   \n  ", ""])).toBe(shown);
  });
});
