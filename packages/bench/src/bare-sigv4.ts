import { createHash, createHmac } from "node:crypto";

/** An upload that is to be signed; only what the benchmark needs of S3's rules. */
export interface BareUpload {
  host: string;
  /** Path of the object, of characters that need no encoding. */
  path: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Header names in lower case, without `host`. */
  headers: Readonly<Record<string, string>>;
  expiresInSeconds: number;
  now: Date;
}

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/**
 * A presigned PUT in as few steps as SigV4 allows: the floor under any signer. No checks, no session
 * tokens, no encoding.
 *
 * @returns a signer that derives the key of a day once
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function createBareSigner(): (upload: BareUpload) => string {
  let derived: { scope: string; key: Buffer } | undefined;

  return (upload) => {
    const time = upload.now.toISOString().replace(/[-:]|\.\d{3}/g, "");
    const day = time.slice(0, 8);
    const scope = `${day}/${upload.region}/s3/aws4_request`;
    if (derived?.scope !== scope) {
      const steps = [day, upload.region, "s3", "aws4_request"];
      derived = { scope, key: steps.reduce<Buffer>(hmac, Buffer.from(`AWS4${upload.secretAccessKey}`)) };
    }
    const headers = Object.entries({ ...upload.headers, host: upload.host }).sort(([a], [b]) => (a < b ? -1 : 1));
    const names = headers.map(([name]) => name).join(";");
    const query =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD" +
      `&X-Amz-Credential=${upload.accessKeyId}%2F${scope.replaceAll("/", "%2F")}` +
      `&X-Amz-Date=${time}&X-Amz-Expires=${upload.expiresInSeconds}` +
      `&X-Amz-SignedHeaders=${names.replaceAll(";", "%3B")}`;
    const lines = headers.map(([name, value]) => `${name}:${value}\n`).join("");
    const request = `PUT\n${upload.path}\n${query}\n${lines}\n${names}\nUNSIGNED-PAYLOAD`;
    const digest = createHash("sha256").update(request).digest("hex");
    const signature = hmac(derived.key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`).toString("hex");
    return `https://${upload.host}${upload.path}?${query}&X-Amz-Signature=${signature}`;
  };
}
