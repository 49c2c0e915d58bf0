import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { type LocalStorage, proxyStorage, STORAGE_PATH } from "@infill/local/storage";
import { AwsClient } from "aws4fetch";
import { find, type Graph } from "../offline/graph.ts";
import { type Listening, listen } from "./listen.ts";
import { type Ask, keptInR2, type Rights } from "./rights.ts";
import { signerOf } from "./signer.ts";
import type { Usage } from "./usage.ts";

/** Name of the bucket, at Amazon or at Cloudflare. */
export const bucketOf = (graph: Graph): string =>
  keptInR2(graph)
    ? find(graph, "cloudflare:index/r2Bucket:R2Bucket", "PicturesBucket").inputs.name
    : find(graph, "aws:s3/bucket:Bucket", "PicturesBucket").inputs.bucket;

/** What S3 acts upon. */
const PASSED = /^(?:content-(?:type|md5)|if-[a-z-]+|range|x-amz-checksum-\w+)$/;

/**
 * S3's address for functions and for whoever has a signed link: asks IAM about who signed, then
 * passes on to local storage, which checks the signature.
 */
export function startStorageDoor(storage: LocalStorage, rights: Rights, usage: Usage): Promise<Listening> {
  const signedLinks = proxyStorage(storage);
  return listen(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://s3");
    const link = url.searchParams.has("X-Amz-Signature");
    if (request.method === "OPTIONS") return signedLinks(request, response);

    const who = signerOf(request.headers, url.searchParams);
    const body = link ? undefined : await buffer(request);
    const asks = asksOf(request, url, storage.bucket, body?.toString("latin1") ?? "");
    if (!asks.every((ask) => rights.grants(who, ask))) return deny(response);
    usage.add(
      asks[0]?.action === "s3:ListBucket"
        ? "s3 LIST"
        : `s3 ${url.searchParams.has("delete") ? "DELETE" : request.method}`,
    );
    if (body === undefined) return signedLinks(request, response);
    // S3 does not tell who may not list whether there is such an object
    const blind = !rights.allows(who, { action: "s3:ListBucket", resource: bucketArn(storage.bucket), context: {} });
    const answer = await passOn(request, { storage, body });
    if (answer.status === 404 && blind) return deny(response);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.bytes());
  });
}

const bucketArn = (bucket: string): string => `arn:aws:s3:::${bucket}`;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
function asksOf({ method, headers }: IncomingMessage, url: URL, bucket: string, body: string): Ask[] {
  const key = decodeURIComponent(url.pathname.slice(`${STORAGE_PATH}${bucket}/`.length));
  const object = (action: string, name = key): Ask => ({
    action,
    resource: `${bucketArn(bucket)}/${name}`,
    context: { "s3:if-none-match": headers["if-none-match"] },
  });
  if (url.searchParams.has("delete"))
    return [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, name]) => object("s3:DeleteObject", name));
  if (key === "") {
    const prefix = url.searchParams.get("prefix") ?? undefined;
    return [{ action: "s3:ListBucket", resource: bucketArn(bucket), context: { "s3:prefix": prefix } }];
  }
  const actions: Record<string, string> = {
    GET: "GetObject",
    HEAD: "GetObject",
    PUT: "PutObject",
    DELETE: "DeleteObject",
  };
  return [object(`s3:${actions[method ?? ""] ?? method}`)];
}

/** Signed anew: the service knows no session tokens. */
async function passOn(
  request: IncomingMessage,
  { storage, body }: { storage: LocalStorage; body: Buffer },
): Promise<globalThis.Response> {
  const passed = Object.entries(request.headers).filter(([name]) => PASSED.test(name));
  const signer = new AwsClient({ ...storage.credentials, service: "s3", region: storage.region, retries: 0 });
  return signer.fetch(new URL(storage.endpoint).origin + request.url, {
    method: request.method ?? "GET",
    headers: passed.map(([name, value]): [string, string] => [name, String(value)]),
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  });
}

function deny(response: ServerResponse): void {
  const xml =
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
  response.writeHead(403, { "content-type": "application/xml" }).end(xml);
}
