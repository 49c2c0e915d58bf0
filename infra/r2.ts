import { daysKept, type Folder, forBrowsers, type Pictures } from "./pictures.ts";
import { production } from "./stage.ts";

// SST brings the provider in where a stage has it, and its type with it
declare const cloudflare: typeof import("../.sst/platform/node_modules/@pulumi/cloudflare");

const DAY_SECONDS = 24 * 3600;

/**
 * Pictures in a bucket at Cloudflare, reached by the S3 API with a key that an operator makes there. It has no
 * policy, and a key no conditions: whoever holds it may do anything with the bucket.
 */
export function picturesInR2(): Pictures {
  const { bucket } = new sst.cloudflare.Bucket("Pictures", {
    transform: {
      bucket: (_, options) => {
        options.retainOnDelete = production;
      },
    },
  }).nodes;
  const accountId = bucket.accountId.apply((id) => id ?? ""); // SST names one in any case
  const of = { accountId, bucketName: bucket.name };

  new cloudflare.R2BucketLifecycle("PicturesLifecycle", {
    ...of,
    rules: (Object.keys(daysKept) as Folder[]).map((folder) => ({
      id: folder,
      enabled: true,
      conditions: { prefix: `${folder}/` },
      deleteObjectsTransition: { condition: { type: "Age", maxAge: daysKept[folder] * DAY_SECONDS } },
    })),
  });

  new cloudflare.R2BucketCors("PicturesCors", {
    ...of,
    rules: [
      {
        id: "browsers",
        allowed: {
          origins: forBrowsers.origins,
          methods: [...forBrowsers.methods],
          headers: forBrowsers.headers,
        },
        exposeHeaders: forBrowsers.exposed,
        maxAgeSeconds: 3600,
      },
    ],
  });

  const key = new sst.Linkable("PicturesKey", {
    properties: {
      accessKeyId: new sst.Secret("R2AccessKeyId", "").value,
      secretAccessKey: new sst.Secret("R2SecretAccessKey", "").value,
    },
  });

  return {
    environment: {
      BUCKET: bucket.name,
      STORAGE_REGION: "auto", // R2 knows no other: https://developers.cloudflare.com/r2/api/s3/api/
      AWS_ENDPOINT_URL_S3: $interpolate`https://${accountId}.r2.cloudflarestorage.com`,
    },
    link: [key],
    may: () => [],
    mayList: () => [],
  };
}
