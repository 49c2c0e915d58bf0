import { createHash, createHmac } from "node:crypto";
import type { LocalStorage } from "../storage.ts";

/** A presigned URL made by hand, for a host that need not be storage's own: SigV4 over an unsigned payload. */
export function presign(
  storage: LocalStorage,
  request: {
    method: string;
    origin: string;
    key: string;
    headers?: Record<string, string>;
    query?: Record<string, string>;
    now?: number;
  },
): string {
  const { accessKeyId, secretAccessKey } = storage.credentials;
  const { host } = new URL(request.origin);
  const path = `${new URL(storage.endpoint).pathname}/${storage.bucket}/${request.key}`;
  const headers = Object.entries({ ...request.headers, host }).sort();
  const date = new Date(request.now ?? Date.now()).toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = [date.slice(0, 8), storage.region, "s3", "aws4_request"];
  const signed = headers.map(([name]) => name).join(";");
  const query = Object.entries({
    ...request.query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": [accessKeyId, ...scope].join("/"),
    "X-Amz-Date": date,
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": signed,
  })
    .map((pair) => pair.map(encodeURIComponent).join("="))
    .sort()
    .join("&");
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join("");
  const canonical = [request.method, path, query, lines, signed, "UNSIGNED-PAYLOAD"].join("\n");
  const digest = createHash("sha256").update(canonical).digest("hex");
  const hmac = (key: string | Buffer, data: string) => createHmac("sha256", key).update(data).digest();
  const signature = hmac(
    scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`) as Buffer,
    ["AWS4-HMAC-SHA256", date, scope.join("/"), digest].join("\n"),
  ).toString("hex");
  return `${request.origin}${path}?${query}&X-Amz-Signature=${signature}`;
}
