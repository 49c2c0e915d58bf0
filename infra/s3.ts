import { allow } from "./function.ts";
import { daysKept, forBrowsers, type Pictures } from "./pictures.ts";

/** Pictures in a bucket of this account. */
export function picturesInS3(): Pictures {
  const bucket = new sst.aws.Bucket("Pictures", {
    cors: {
      allowOrigins: forBrowsers.origins,
      allowMethods: [...forBrowsers.methods],
      allowHeaders: forBrowsers.headers,
      exposeHeaders: forBrowsers.exposed,
      maxAge: "1 hour",
    },
    lifecycle: [
      { id: "uploads", prefix: "u/", expiresIn: `${daysKept.u} day` },
      { id: "work", prefix: "w/", expiresIn: `${daysKept.w} day` },
      { id: "results", prefix: "r/", expiresIn: `${daysKept.r} days` },
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

  return {
    environment: { BUCKET: bucket.name },
    link: [],
    may: (verbs, ...folders) => [
      allow(
        verbs.map((verb) => `s3:${verb}`),
        ...folders.map((folder) => $interpolate`${bucket.arn}/${folder}/*`),
      ),
    ],
    mayList: (...folders) => [
      {
        ...allow(["s3:ListBucket"], bucket.arn),
        conditions: [{ test: "StringLike", variable: "s3:prefix", values: folders.map((folder) => `${folder}/*`) }],
      },
    ],
  };
}
