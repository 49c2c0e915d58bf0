import { recordsTable } from "@infill/aws/records/table";
import { STORAGE_CORS } from "@infill/local/storage";
import { expect, inject, test } from "vitest";
import { find } from "./offline/graph.ts";

const production = inject("production");
const personal = inject("personal");

test("nobody but the account reaches the bucket", () => {
  expect(
    find(production, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "PicturesPublicAccessBlock").inputs,
  ).toMatchObject({
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
});

test("pictures are encrypted at rest and on the way, and an upload is written once", () => {
  const { rules } = find(
    production,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "PicturesEncryption",
  ).inputs;
  expect(rules).toEqual([{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }]);

  const { policy } = find(production, "aws:s3/bucketPolicy:BucketPolicy", "PicturesPolicy").inputs;
  expect(JSON.parse(policy).Statement).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        Effect: "Deny",
        Principal: "*",
        Action: ["s3:*"],
        Condition: { Bool: { "aws:SecureTransport": ["false"] } },
      }),
      expect.objectContaining({
        Effect: "Deny",
        Principal: "*",
        Action: ["s3:PutObject"],
        Resource: [expect.stringMatching(/\/u\/\*$/)],
        Condition: { Null: { "s3:if-none-match": ["true"] } },
      }),
    ]),
  );
});

test("uploads and work go after a day, results when the setting says", () => {
  const lifecycle = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
  const ages = (graph: typeof production) =>
    Object.fromEntries(
      find(graph, lifecycle, "PicturesLifecycle").inputs.rules.map(
        (rule: { status: string; filter: { prefix: string }; expiration: { days: number } }) => [
          `${rule.filter.prefix} ${rule.status}`,
          rule.expiration.days,
        ],
      ),
    );
  expect(ages(production)).toEqual({ "u/ Enabled": 1, "w/ Enabled": 1, "r/ Enabled": 30 });
  expect(ages(personal)).toMatchObject({ "r/ Enabled": 7 });
});

test("browsers may do what they may do with the local storage", () => {
  const { corsRules } = find(
    production,
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
    "PicturesCors",
  ).inputs;
  expect(corsRules).toEqual([
    {
      allowedOrigins: ["*"],
      allowedMethods: STORAGE_CORS.methods,
      allowedHeaders: STORAGE_CORS.headers,
      exposeHeaders: STORAGE_CORS.expose,
      maxAgeSeconds: STORAGE_CORS.maxAgeSeconds,
    },
  ]);
});

test("the table is the one the records are written for", () => {
  const { inputs } = find(production, "aws:dynamodb/table:Table", "RecordsTable");
  expect(inputs).toMatchObject({
    billingMode: "PAY_PER_REQUEST",
    hashKey: recordsTable.primaryIndex.hashKey,
    rangeKey: recordsTable.primaryIndex.rangeKey,
    pointInTimeRecovery: { enabled: true },
    ttl: { attributeName: recordsTable.ttl, enabled: true },
    streamEnabled: true,
    streamViewType: "KEYS_ONLY",
  });
  const indexes = inputs.globalSecondaryIndexes.map(({ name }: { name: string }) => name).sort();
  expect(indexes).toEqual(Object.keys(recordsTable.globalIndexes).sort());
});

test("production's data is protected and outlives the stage; a personal stage goes with all it has", () => {
  const table = (graph: typeof production) => find(graph, "aws:dynamodb/table:Table", "RecordsTable");
  const bucket = (graph: typeof production) => find(graph, "aws:s3/bucket:Bucket", "PicturesBucket");
  expect(table(production).inputs.deletionProtectionEnabled).toBe(true);
  expect(table(production).retainOnDelete).toBe(true);
  expect(bucket(production).retainOnDelete).toBe(true);
  expect(production.outputs["_protect"]).toBe(true);

  expect(table(personal).inputs.deletionProtectionEnabled ?? false).toBe(false);
  expect(table(personal).retainOnDelete).toBe(false);
  expect(bucket(personal).inputs.forceDestroy).toBe(true);
});
