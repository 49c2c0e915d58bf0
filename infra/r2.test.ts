import { STORAGE_CORS } from "@infill/local/storage";
import { expect, inject, test } from "vitest";
import { allOf, find, functionNames, type Statement, statementsOf } from "./offline/graph.ts";

const { graph } = inject("r2");
const { accountId, name } = find(graph, "cloudflare:index/r2Bucket:R2Bucket", "PicturesBucket").inputs;
const ENDPOINT = `https://${accountId}.r2.cloudflarestorage.com`;
/** As `sst secret set` set it. */
const KEY = { accessKeyId: "AKIAOFFLINE", secretAccessKey: "offlineofflineoffline" };

const functions = allOf(graph, "aws:lambda/function:Function");
const script = find(graph, "cloudflare:index/workersScript:WorkersScript", "EdgeScript").inputs;
const told: Record<string, string> = Object.fromEntries(
  script.bindings.map(({ name, text }: { name: string; text: string }) => [name, text]),
);

test("pictures are in one place, for the whole stage", () => {
  expect(allOf(graph, "aws:s3/bucket:Bucket")).toEqual([]);
  const here = { BUCKET: name, AWS_ENDPOINT_URL_S3: ENDPOINT, STORAGE_REGION: "auto" };
  const withPictures = functions.filter(({ inputs }) => inputs.environment.variables.BUCKET !== undefined);
  expect(withPictures.map((each) => each.name).sort()).toEqual(
    ["Api", "Compat", "Expire", "InpaintHandler"].map((each) => `${each}Function`),
  );
  for (const { inputs } of withPictures) expect(inputs.environment.variables).toMatchObject(here);
  expect(told).toMatchObject(here);
});

test("uploads and work go after a day, results when the setting says", () => {
  const { bucketName, rules } = find(
    graph,
    "cloudflare:index/r2BucketLifecycle:R2BucketLifecycle",
    "PicturesLifecycle",
  ).inputs;
  expect(bucketName).toBe(name);
  const after = (prefix: string, days: number) => ({
    id: prefix.slice(0, -1),
    enabled: true,
    conditions: { prefix },
    deleteObjectsTransition: { condition: { type: "Age", maxAge: days * 24 * 3600 } },
  });
  expect(rules).toEqual([after("u/", 1), after("w/", 1), after("r/", 30)]);
});

test("browsers may do what they may do with the local storage", () => {
  const { bucketName, rules } = find(graph, "cloudflare:index/r2BucketCors:R2BucketCors", "PicturesCors").inputs;
  expect(bucketName).toBe(name);
  const { methods, headers, expose: exposeHeaders, maxAgeSeconds } = STORAGE_CORS;
  expect(rules).toEqual([
    { id: "browsers", allowed: { origins: ["*"], methods, headers }, exposeHeaders, maxAgeSeconds },
  ]);
});

test("nobody has a right to objects in S3 that are not there", () => {
  const { policy } = find(graph, "aws:iam/userPolicy:UserPolicy", "EdgeAwsPolicy").inputs;
  const all: Statement[] = [
    ...functionNames(graph).flatMap((each) => statementsOf(graph, each)),
    ...JSON.parse(policy).Statement,
  ];
  expect(all.flatMap(({ Action }) => Action).filter((action) => action.startsWith("s3:"))).toEqual([]);
});

test("the key is a secret everywhere", () => {
  expect(JSON.parse(told["SST_RESOURCE_PicturesKey"] ?? "")).toEqual(KEY);
  const binding = script.bindings.find((each: { name: string }) => each.name === "SST_RESOURCE_PicturesKey");
  expect(binding.type).toBe("secret_text");
  for (const { inputs } of functions)
    expect(JSON.stringify(inputs.environment.variables)).not.toContain(KEY.secretAccessKey);
});

test("without a domain the Worker has an address below workers.dev, and links go on naming the gateway", () => {
  expect(graph.outputs).toMatchObject({
    url: expect.stringMatching(/execute-api/),
    edge: `https://${script.scriptName}.offline.workers.dev`,
  });
  expect(told["PUBLIC_URL"]).toBe(graph.outputs["url"]);
});
