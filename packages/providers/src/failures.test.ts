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
    ["   ", ""],
  ])("%j becomes %j", (text, clean) => {
    expect(cleanVendorText(text, ["", "cat", "a secret", "a secret cat"])).toBe(clean);
  });
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
