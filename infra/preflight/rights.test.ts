import { expect, inject, test } from "vitest";
import { checkRights } from "./rights.ts";
import { rightsFor, rightsNeeded } from "./rights-needed.ts";
import { environment, NOWHERE, onAws, ROLE, TARGET, USER, xmlError } from "./testing.ts";

const ada = { account: "123456789012", arn: USER };
const NEEDED = ["lambda:CreateFunction", "iam:PassRole"];
const without = { domain: false, edge: false, deliveries: false };

test("IAM judges the user's own rights", async () => {
  const { asked } = await onAws();
  expect(await checkRights(TARGET, ada, { actions: NEEDED, stage: "ada" })).toEqual({
    state: "ok",
    says: "all 2 that a deployment takes",
  });
  expect(asked[0]?.get("PolicySourceArn")).toBe(USER);
});

test("a session is judged by its role, wherever that is", async () => {
  const { asked } = await onAws();
  const session = { ...ada, arn: "arn:aws:sts::123456789012:assumed-role/Admin/ada@example.com" };
  expect(await checkRights(TARGET, session, { actions: NEEDED, stage: "ada" })).toMatchObject({ state: "ok" });
  expect(asked.at(-1)?.get("PolicySourceArn")).toBe(ROLE);
});

test("what is missing is named", async () => {
  await onAws({}, (action) => action !== "iam:PassRole");
  expect(await checkRights(TARGET, ada, { actions: NEEDED, stage: "ada" })).toMatchObject({
    state: "failed",
    says: "1 are missing: iam:PassRole",
  });
});

test("rights on resources of this stage's names are enough", async () => {
  const scoped = (resource: string) => /:(?:function:|role\/)infill-ada-/.test(resource);
  await onAws({}, (_, resource) => scoped(resource));
  expect(await checkRights(TARGET, ada, { actions: NEEDED, stage: "ada" })).toMatchObject({ state: "ok" });
  expect(await checkRights(TARGET, ada, { actions: NEEDED, stage: "bob" })).toMatchObject({ state: "failed" });
});

test("who may not ask IAM is warned, not stopped", async () => {
  await onAws({ SimulatePrincipalPolicy: xmlError("AccessDenied", "not authorized to simulate") });
  expect(await checkRights(TARGET, ada, { actions: NEEDED, stage: "ada" })).toEqual({
    state: "warning",
    says: "rights could not be asked: these credentials may not ask",
  });
});

test("a session that has neither user nor role is not judged", async () => {
  await onAws();
  const federated = { ...ada, arn: "arn:aws:sts::123456789012:federated-user/ada" };
  expect(await checkRights(TARGET, federated, { actions: NEEDED, stage: "ada" })).toMatchObject({ state: "warning" });
});

test("silence is a warning", async () => {
  environment({ AWS_ENDPOINT_URL: NOWHERE });
  expect(await checkRights(TARGET, ada, { actions: NEEDED, stage: "ada" })).toMatchObject({ state: "warning" });
});

test("root is warned of itself", async () => {
  const root = { ...ada, arn: "arn:aws:iam::123456789012:root" };
  expect(await checkRights(TARGET, root, { actions: NEEDED, stage: "ada" })).toMatchObject({ state: "warning" });
});

test("the rights are those of every kind of resource that is deployed, and of no other", () => {
  const kinds = inject("production").resources.map(({ type }) => type);
  const deployed = new Set(kinds.filter((type) => type.startsWith("aws:")));
  expect(Object.keys(rightsFor).sort()).toEqual([...deployed].sort());
});

test("a domain takes rights to its zone", () => {
  expect(rightsNeeded(without)).not.toContain("route53:ChangeResourceRecordSets");
  expect(rightsNeeded({ ...without, domain: true })).toContain("route53:ChangeResourceRecordSets");
});

test("the edge takes rights to a user, where it is turned on", () => {
  expect(rightsNeeded(without)).not.toContain("iam:CreateAccessKey");
  expect(rightsNeeded({ ...without, edge: true })).toEqual(
    expect.arrayContaining(["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"]),
  );
});

test("a limit of deliveries at once takes the right to set it, where there is one", () => {
  expect(rightsNeeded(without)).not.toContain("lambda:PutFunctionConcurrency");
  expect(rightsNeeded({ ...without, deliveries: true })).toContain("lambda:PutFunctionConcurrency");
});
