import { S3RequestPresigner } from "@aws-sdk/s3-request-presigner";
import type { Objects } from "@infill/core";
import { HttpRequest } from "@smithy/protocol-http";
import { attachment } from "./disposition.ts";
import { type BucketAddress, locate, percentEncode } from "./location.ts";
import { Sha256 } from "./sha256.ts";

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface PresignOptions extends BucketAddress {
  /** The credentials, or what fetches them; asked on every signature, so it should cache. */
  credentials: AwsCredentials | (() => Promise<AwsCredentials>);
  /** ms since the epoch. */
  now?: () => number;
}

/** S3's own limit, seconds: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html */
export const MAX_EXPIRY_SECONDS = 7 * 24 * 3600;

/**
 * Signs URLs for uploads and downloads, and loads nothing of the S3 client: signing through the
 * client's middleware takes about four times as long, and importing it is most of a cold start.
 *
 * An upload's signature covers its exact length, its type, `if-none-match: *` (a second PUT gets 412)
 * and its checksum if there is one. A URL signed with a role's temporary credentials ends when they do.
 *
 * @throws RangeError when an expiry is not 1 s to 7 days
 */
export function createS3Presigner(options: PresignOptions): Pick<Objects, "signUpload" | "signDownload"> {
  const { region, credentials, now = Date.now } = options;
  const signer = new S3RequestPresigner({ region, credentials, sha256: Sha256 });

  async function presign(request: {
    method: "GET" | "PUT";
    key: string;
    headers: Record<string, string>;
    query: Record<string, string>;
    expiresInSeconds: number;
  }): Promise<string> {
    const { method, key, headers, query, expiresInSeconds: expiresIn } = request;
    if (!(expiresIn >= 1 && expiresIn <= MAX_EXPIRY_SECONDS))
      throw new RangeError(`A signed URL lives 1 to ${MAX_EXPIRY_SECONDS} seconds, not ${expiresIn}`);
    const { host, ...location } = locate(options, key);
    const signed = await signer.presign(
      new HttpRequest({ ...location, method, query, headers: { host, ...headers } }),
      {
        expiresIn: Math.floor(expiresIn),
        signingDate: new Date(now()),
        // neither is the signer's default: it leaves the type unsigned and moves x-amz-* into the URL
        signableHeaders: new Set(["content-type"]),
        unhoistableHeaders: new Set(["x-amz-checksum-sha256"]),
      },
    );
    const search = Object.entries(signed.query ?? {}).map(
      ([name, value]) => `${percentEncode(name)}=${percentEncode(String(value))}`,
    );
    return `${location.protocol}//${host}${location.path}?${search.join("&")}`;
  }

  return {
    async signUpload({ key, contentType, contentLength, sha256, expiresInSeconds }) {
      const headers = {
        "content-type": contentType,
        "content-length": String(contentLength),
        "if-none-match": "*",
        ...(sha256 === undefined ? {} : { "x-amz-checksum-sha256": Buffer.from(sha256, "hex").toString("base64") }),
      };
      return {
        method: "PUT",
        url: await presign({ method: "PUT", key, headers, query: {}, expiresInSeconds }),
        headers,
      };
    },

    async signDownload({ key, expiresInSeconds, filename, contentType }) {
      const query = {
        ...(filename === undefined ? {} : { "response-content-disposition": attachment(filename) }),
        ...(contentType === undefined ? {} : { "response-content-type": contentType }),
      };
      return await presign({ method: "GET", key, headers: {}, query, expiresInSeconds });
    },
  };
}
