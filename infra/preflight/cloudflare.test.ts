import { expect, test } from "vitest";
import { checkCloudflare } from "./cloudflare.ts";

test("who deploys to AWS alone is asked for nothing", () => {
  expect(checkCloudflare({})).toBeUndefined();
});

test("the edge takes a token", () => {
  expect(checkCloudflare({ INFILL_EDGE: "cloudflare" })).toMatchObject({
    state: "failed",
    todo: expect.stringContaining("CLOUDFLARE_API_TOKEN"),
  });
});

test("an account that nobody named is one that nobody chose", () => {
  const env = { INFILL_EDGE: "cloudflare", CLOUDFLARE_API_TOKEN: "t" };
  expect(checkCloudflare(env)).toMatchObject({ state: "warning" });
  expect(checkCloudflare({ ...env, CLOUDFLARE_DEFAULT_ACCOUNT_ID: "0123" })).toEqual({
    state: "ok",
    says: "account 0123",
  });
});
