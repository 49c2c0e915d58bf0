import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, inject, test } from "vitest";
import { workerScript } from "./deployed/worker.ts";
import { allOf, find, functionNamed, type Statement, statementsOf } from "./offline/graph.ts";

const { graph, artifacts } = inject("edge");
const script = find(graph, "cloudflare:index/workersScript:WorkersScript", "EdgeScript").inputs;
const bindings: { name: string; type: string; text: string }[] = script.bindings;
const source = readFileSync(workerScript(artifacts));

const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:123456789012:${resource}`;
const TABLE = arn("dynamodb", `table/${find(graph, "aws:dynamodb/table:Table", "RecordsTable").inputs.name}`);
const BUCKET = `arn:aws:s3:::${find(graph, "aws:s3/bucket:Bucket", "PicturesBucket").inputs.bucket}`;
const versions = (name: string) => arn("lambda", `function:${functionNamed(graph, name).inputs.name}:*`);
const INPAINT = versions("InpaintHandler");

const { user, policy } = find(graph, "aws:iam/userPolicy:UserPolicy", "EdgeAwsPolicy").inputs;
const statements: Statement[] = JSON.parse(policy).Statement;

test("nothing is at Cloudflare, and nobody has a key for good, unless the edge is turned on", () => {
  const types = inject("production").resources.map(({ type }) => type);
  expect(types.filter((type) => /cloudflare|dynamic|iam\/(?:user|accessKey)/i.test(type))).toEqual([]);
});

test("the Worker's user may do what the api may, the receiver's rights among it, and nothing else", () => {
  const allow = (Action: string[], ...Resource: string[]) => ({ Effect: "Allow", Action, Resource });
  expect(statements).toEqual([
    allow(
      ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"].map((verb) => `dynamodb:${verb}`),
      TABLE,
    ),
    allow(["dynamodb:Query"], `${TABLE}/index/*`),
    allow(["s3:GetObject", "s3:DeleteObject"], `${BUCKET}/u/*`, `${BUCKET}/r/*`, `${BUCKET}/w/*`),
    allow(["s3:PutObject"], `${BUCKET}/u/*`),
    {
      ...allow(["s3:ListBucket"], BUCKET),
      Condition: { StringLike: { "s3:prefix": ["r/*", "w/*"] } },
    },
    allow(["lambda:InvokeFunction"], INPAINT, versions("NotifyHandler")),
    allow(["lambda:SendDurableExecutionCallbackSuccess"], INPAINT),
  ]);
  // what the receiver may do elsewhere is among it
  for (const { Action, Resource } of statementsOf(graph, "Webhook"))
    for (const action of Action)
      expect(statements.filter((own) => own.Action.includes(action)).flatMap((own) => own.Resource)).toEqual(
        expect.arrayContaining(Resource),
      );
  expect(allOf(graph, "aws:iam/userPolicyAttachment:UserPolicyAttachment")).toEqual([]);
  expect(find(graph, "aws:iam/accessKey:AccessKey", "EdgeAwsCredentials").inputs.user).toBe(user);
});

test("no statement says everything, of anything or on everything", () => {
  for (const { Action, Resource } of statements) {
    for (const action of Action) expect(action).toMatch(/^\w+:\w+$/);
    for (const resource of Resource) expect(resource).toMatch(/^arn:aws:\w+:.*\w/);
  }
});

test("the policy has room to grow in what a user's may be at most", () => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  expect(policy.length).toBeLessThan(2048 - 400);
});

test("what is secret is bound as a secret, and a provider's key not at all", () => {
  const secret = bindings.filter(({ type }) => type === "secret_text").map(({ name }) => name);
  expect(secret).toEqual([
    "SST_RESOURCE_LinkKeyring",
    "SST_RESOURCE_WebhookSecret",
    "SST_RESOURCE_EdgeRights",
    "AWS_SECRET_ACCESS_KEY",
  ]);
  const plain = bindings.filter(({ type }) => type !== "secret_text");
  for (const { type } of plain) expect(type).toBe("plain_text");
  expect(JSON.stringify(plain)).not.toMatch(/x{43}|offlineofflineoffline/);
  expect(JSON.stringify(bindings)).not.toContain("a-key-that-nobody-has");
});

test("the Worker is told what the api is told, but for what is Lambda's", () => {
  const told = Object.fromEntries(bindings.map(({ name, text }) => [name, text]));
  const {
    SST_KEY: _,
    SST_KEY_FILE: __,
    HELD_ANSWERS: ___,
    ...api
  } = functionNamed(graph, "Api").inputs.environment.variables;
  expect(told).toMatchObject(api);
  expect(told).toMatchObject({ AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "AKIAOFFLINE" });
});

test("its domain is where callers and callbacks go", () => {
  const domain = find(graph, "cloudflare:index/workersCustomDomain:WorkersCustomDomain", "EdgeDomain").inputs;
  expect(domain).toMatchObject({ hostname: "edge.example.com", service: script.scriptName });
  expect(graph.outputs).toMatchObject({ url: "https://edge.example.com", edge: "https://edge.example.com" });
  for (const name of ["Api", "InpaintHandler", "NotifyHandler"])
    expect(functionNamed(graph, name).inputs.environment.variables.PUBLIC_URL).toBe("https://edge.example.com");
  // one address, not a second one below workers.dev
  expect(find(graph, "pulumi-nodejs:dynamic:Resource", "EdgeUrl.sst.cloudflare.WorkerUrl").inputs.enabled).toBe(false);
});

test("it runs where its trips to the table are short", () => {
  const placement = find(graph, "pulumi-nodejs:dynamic:Resource", "EdgePlacement.sst.cloudflare.WorkerPlacement");
  expect(placement.inputs).toMatchObject({ mode: "smart", scriptName: script.scriptName });
});

test("its runtime has Node's modules, and does not change under it", () => {
  expect(script).toMatchObject({ compatibilityDate: "2026-07-01", compatibilityFlags: ["nodejs_compat"] });
});

test("no log that is kept has a request's path: callbacks and result links are capabilities", () => {
  expect([script.observability, script.logpush, script.tailConsumers]).toEqual([undefined, undefined, undefined]);
});

test("the script is deployed with 790 KB at most, 250 KB of them over the wire", () => {
  expect(script.contentFile).toMatch(/Edge-src\/\.sst\/edge\/worker\.js$/);
  expect(source.length).toBeLessThanOrEqual(790_000);
  expect(gzipSync(source).length).toBeLessThanOrEqual(250_000);
});
