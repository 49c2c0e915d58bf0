/** Where a bucket is reached. */
export interface BucketAddress {
  bucket: string;
  region: string;
  /**
   * Base URL of another service than Amazon's that speaks S3, which may have a path:
   * `http://127.0.0.1:9000/s3`. The bucket is then the first segment below it ("path style").
   */
  endpoint?: string;
}

/** A URL in the parts that SigV4 signs. */
export interface ObjectLocation {
  protocol: string;
  hostname: string;
  port?: number;
  /** As the `Host` header has it. */
  host: string;
  /** Percent-encoded once, as S3 signs it. */
  path: string;
}

/**
 * Where an object lives: `https://{bucket}.s3.{region}.amazonaws.com/{key}` at Amazon, and
 * `{endpoint}/{bucket}/{key}` anywhere else.
 */
export function locate(address: BucketAddress, key: string): ObjectLocation {
  const base = new URL(address.endpoint ?? amazon(address));
  const folder = base.pathname.replace(/\/+$/, "");
  const bucket = address.endpoint === undefined ? "" : `/${percentEncode(address.bucket)}`;
  return {
    protocol: base.protocol,
    hostname: base.hostname,
    ...(base.port === "" ? {} : { port: Number(base.port) }),
    host: base.host,
    path: `${folder}${bucket}/${key.split("/").map(percentEncode).join("/")}`,
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html; China has a domain of its own. */
const amazon = ({ bucket, region }: BucketAddress): string =>
  `https://${bucket}.s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;

/** RFC 3986: everything but letters, digits and `-._~`. What SigV4 signs, so what the URL must say. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
