import { join } from "node:path";
import { expect, test } from "vitest";
import { checkRegion, findRegion } from "./region.ts";
import { environment, folderWith } from "./testing.ts";

test.each([
  ["AWS_REGION", { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-2" }, "eu-west-1"],
  ["AWS_DEFAULT_REGION", { AWS_DEFAULT_REGION: "eu-west-2" }, "eu-west-2"],
])("the region is %s's", async (_, env, region) => {
  expect(await findRegion(env)).toBe(region);
});

test("the region is the profile's where the environment has none", async () => {
  const folder = await folderWith({ config: "[profile work]\nregion = ap-southeast-2\n" });
  environment({ AWS_REGION: undefined, AWS_PROFILE: "work", AWS_CONFIG_FILE: join(folder, "config") });
  expect(await findRegion({})).toBe("ap-southeast-2");
});

test("where nobody says a region, that is what is said", async () => {
  environment({ AWS_REGION: undefined });
  expect(await findRegion({})).toBeUndefined();
});

test.each([
  ["us-gov-west-1", "ok", "us-gov-west-1"],
  [undefined, "failed", "none is set"],
  ["Ireland", "failed", '"Ireland" is not the name of one'],
])("%s: %s", (region, state, says) => {
  expect(checkRegion(region)).toMatchObject({ state, says });
});
