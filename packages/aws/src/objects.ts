import type { HeadObjectCommandOutput, S3Client } from "@aws-sdk/client-s3";
import { InfillError, type ObjectHead, type Objects } from "@infill/core";
import { createS3Presigner, type PresignOptions } from "./presign.ts";
import { failureOf, isMissing, storageFailure } from "./s3-failure.ts";

export interface S3ObjectsOptions extends PresignOptions {
  /** What signed URLs name instead of `endpoint`: the address a phone reaches. */
  publicEndpoint?: string;
}

const CONNECT_MS = 3_000;
/** No bytes for so long is a failure. */
const IDLE_MS = 30_000;

/**
 * Objects in an S3 bucket, or in anything that speaks S3. The S3 client is loaded by the first read or
 * write: what only signs URLs starts without it.
 *
 * Methods throw InfillError `internal`, retryable where a retry can help, when storage fails.
 */
export function createS3Objects(options: S3ObjectsOptions): Objects {
  const { bucket: Bucket, publicEndpoint = options.endpoint } = options;
  const presigner = createS3Presigner({
    ...options,
    ...(publicEndpoint === undefined ? {} : { endpoint: publicEndpoint }),
  });

  let loading: ReturnType<typeof loadS3> | undefined;
  const s3 = () => {
    loading ??= loadS3(options);
    return loading;
  };

  /** @returns false where it is to be created, and something is there */
  async function put(object: { Key: string; Body: Uint8Array; ContentType: string; IfNoneMatch?: "*" }) {
    const { client, PutObjectCommand } = await s3();
    try {
      await client.send(new PutObjectCommand({ Bucket, ...object }));
      return true;
    } catch (error) {
      const { status = 0 } = failureOf(error);
      // 409: another write of it is under way
      if (object.IfNoneMatch !== undefined && [409, 412].includes(status)) return false;
      throw storageFailure(error, `writing ${object.Body.length} bytes to ${object.Key}`);
    }
  }

  return {
    ...presigner,

    async readStart(key, length) {
      const { client, GetObjectCommand, HeadObjectCommand } = await s3();
      const doing = `reading the start of ${key}`;
      try {
        const got = await client.send(new GetObjectCommand({ Bucket, Key: key, Range: `bytes=0-${length - 1}` }));
        const bytes = (await got.Body?.transformToByteArray()) ?? new Uint8Array();
        // "bytes 0-99/1234"; absent when the object was sent whole
        const total = got.ContentRange?.split("/")[1];
        return { head: headOf({ ...got, ContentLength: total === undefined ? bytes.length : Number(total) }), bytes };
      } catch (error) {
        const failure = failureOf(error);
        if (isMissing(failure)) return undefined;
        if (failure.status !== 416) throw storageFailure(error, doing);
      }
      // no range lies in an empty object
      try {
        return {
          head: headOf(await client.send(new HeadObjectCommand({ Bucket, Key: key }))),
          bytes: new Uint8Array(),
        };
      } catch (error) {
        throw storageFailure(error, doing);
      }
    },

    async read(key, ifMatch) {
      const { client, GetObjectCommand } = await s3();
      try {
        const condition = ifMatch === undefined ? {} : { IfMatch: ifMatch };
        const got = await client.send(new GetObjectCommand({ Bucket, Key: key, ...condition }));
        return (await got.Body?.transformToByteArray()) ?? new Uint8Array();
      } catch (error) {
        const failure = failureOf(error);
        if (isMissing(failure)) throw new InfillError("asset_missing", `There is nothing in storage at ${key}`);
        if (failure.status === 412)
          throw new InfillError(
            "asset_missing",
            `What is in storage at ${key} is no longer what was checked (${ifMatch})`,
          );
        throw storageFailure(error, `reading ${key}`);
      }
    },

    async write(key, bytes, contentType) {
      await put({ Key: key, Body: bytes, ContentType: contentType });
    },
    create: (key, bytes, contentType) => put({ Key: key, Body: bytes, ContentType: contentType, IfNoneMatch: "*" }),

    async remove(key) {
      const { client, DeleteObjectCommand } = await s3();
      try {
        await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
      } catch (error) {
        throw storageFailure(error, `removing ${key}`);
      }
    },

    async removeAll(prefix) {
      // a lost argument must not empty the bucket, nor `r/1` take `r/12` with it
      if (!/[^/]\/$/.test(prefix)) throw new RangeError(`A prefix to remove names a folder, "r/job/", not "${prefix}"`);
      const { client, ListObjectsV2Command, DeleteObjectsCommand } = await s3();
      try {
        let more: boolean;
        do {
          // always the first page: the ones before it are gone
          const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }));
          const keys = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]));
          if (keys.length === 0) return;
          const { Errors: [kept, ...rest] = [] } = await client.send(
            new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys, Quiet: true } }),
          );
          if (kept !== undefined)
            throw new InfillError(
              "internal",
              `Storage kept ${rest.length + 1} of ${keys.length} objects below ${prefix}: ${kept.Code} for ${kept.Key}`,
            );
          more = page.IsTruncated === true;
        } while (more);
      } catch (error) {
        throw storageFailure(error, `removing ${prefix}`);
      }
    },
  };
}

async function loadS3({ endpoint, region, credentials }: S3ObjectsOptions) {
  const { S3Client, ...commands } = await import("./s3-client.ts");
  const client: S3Client = new S3Client({
    region,
    credentials,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    // the SDK's own checksums travel as trailers, which services other than S3 refuse
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // the SDK waits six seconds for a "100 Continue" where a service has none to give
    expectContinueHeader: false,
    // a handler that works by fetch knows the last one only
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_MS, requestTimeout: IDLE_MS },
  });
  return { client, ...commands };
}

const headOf = (answer: Pick<HeadObjectCommandOutput, "ContentLength" | "ContentType" | "ETag">): ObjectHead => ({
  size: answer.ContentLength ?? 0,
  contentType: answer.ContentType ?? "application/octet-stream",
  etag: answer.ETag ?? "",
});
