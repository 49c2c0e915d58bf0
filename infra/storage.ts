import { recordsTable } from "../packages/aws/src/records/table.ts";
import { production, settings } from "./stage.ts";

/**
 * Every picture, by prefix: `u/` uploads, `w/` work for and from providers, `r/` results. What is not
 * wanted any more goes by age: nothing has to run for it.
 */
export const bucket = new sst.aws.Bucket("Pictures", {
  // what a browser may send and read; the local stack's storage allows the same
  cors: {
    allowOrigins: ["*"],
    allowMethods: ["GET", "PUT", "HEAD"],
    allowHeaders: ["content-type", "content-length", "if-none-match", "x-amz-checksum-sha256"],
    exposeHeaders: ["etag"],
    maxAge: "1 hour",
  },
  lifecycle: [
    { id: "uploads", prefix: "u/", expiresIn: "1 day" },
    { id: "work", prefix: "w/", expiresIn: "1 day" },
    { id: "results", prefix: "r/", expiresIn: `${settings.resultDays} days` },
  ],
  enforceHttps: true,
  policy: [
    {
      // an upload is written once, whoever signed it: what was checked is what is edited
      effect: "deny",
      principals: "*",
      actions: ["s3:PutObject"],
      paths: ["u/*"],
      conditions: [{ test: "Null", variable: "s3:if-none-match", values: ["true"] }],
    },
  ],
});

new aws.s3.BucketServerSideEncryptionConfiguration("PicturesEncryption", {
  bucket: bucket.name,
  rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
});

/** Every record, in one table: paid by request, restorable to any second of the last 35 days. */
export const table = new sst.aws.Dynamo("Records", { ...recordsTable, deletionProtection: production });
