import { join } from "node:path";
import { expect, test } from "vitest";
import { checkCredentials } from "./credentials.ts";
import { environment, folderWith, NOWHERE, onAws, TARGET, USER, xmlError } from "./testing.ts";

test("credentials that AWS knows are named", async () => {
  await onAws();
  expect(await checkCredentials(TARGET, undefined)).toEqual({
    finding: { state: "ok", says: `account 123456789012 as ${USER}` },
    identity: { account: "123456789012", arn: USER },
  });
});

test.each([
  ["ExpiredToken", "The security token included in the request is expired", "the session has expired"],
  ["InvalidClientTokenId", "The security token included in the request is invalid", "AWS does not accept"],
  ["SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than …", "clock is wrong"],
  ["SignatureDoesNotMatch", "The request signature we calculated does not match", "AWS does not accept"],
  ["AccessDenied", "explicit deny", "AWS did not say who we are"],
])("AWS answers %s, %s: %s", async (code, message, words) => {
  await onAws({ GetCallerIdentity: xmlError(code, message) });
  const { finding, identity } = await checkCredentials(TARGET, undefined);
  expect(finding).toMatchObject({ state: "failed", says: expect.stringContaining(words), todo: expect.anything() });
  expect(identity).toBeUndefined();
});

test("where there are no credentials, both ways to get some are named", async () => {
  environment({ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined });
  const { finding } = await checkCredentials(TARGET, undefined);
  expect(finding).toMatchObject({ state: "failed", says: "none were found" });
  expect(finding.todo).toMatch(/aws configure sso.*AWS_ACCESS_KEY_ID/);
});

test("a profile that is not there is named", async () => {
  const folder = await folderWith({ config: "[profile work]\nregion = eu-west-1\n" });
  environment({
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_PROFILE: "wrok",
    AWS_CONFIG_FILE: join(folder, "config"),
  });
  const { finding } = await checkCredentials(TARGET, "wrok");
  expect(finding).toMatchObject({ state: "failed", says: expect.stringContaining("the profile wrok") });
  expect(finding.todo).toContain("list-profiles");
});

test("a session of IAM Identity Center that has to be renewed is renewed by its own profile's login", async () => {
  const folder = await folderWith({
    config:
      "[profile work]\nsso_session = us\nsso_account_id = 123456789012\nsso_role_name = Admin\n[sso-session us]\nsso_region = us-east-1\nsso_start_url = https://example.awsapps.com/start\n",
  });
  environment({
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_PROFILE: "work",
    AWS_CONFIG_FILE: join(folder, "config"),
    HOME: folder,
  });
  const { finding } = await checkCredentials(TARGET, "work");
  expect(finding).toMatchObject({ state: "failed", todo: expect.stringContaining("aws sso login --profile work") });
});

test("an AWS that does not answer is no fault of the credentials", async () => {
  environment({ AWS_ENDPOINT_URL: NOWHERE });
  const { finding } = await checkCredentials(TARGET, undefined);
  expect(finding).toMatchObject({ state: "failed", says: "AWS does not answer (ECONNREFUSED)" });
});
