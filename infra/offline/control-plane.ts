import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** The bootstrap record of an account in which SST was used before: where its state and assets are. */
const BOOTSTRAP = JSON.stringify({
  version: 1000,
  asset: "sst-asset-offline",
  state: "sst-state-offline",
  assetEcrRegistryId: "123456789012",
  assetEcrUrl: "123456789012.dkr.ecr.us-east-1.amazonaws.com/sst-asset",
  appsyncHttp: "http.invalid",
  appsyncRealtime: "realtime.invalid",
});

/**
 * The few calls the SST CLI makes to AWS itself before it hands over to Pulumi: SSM (bootstrap record,
 * passphrase of the state) and S3 (state, lock, secrets). In memory: every run is a first one.
 */
export async function startControlPlane(): Promise<{ url: string; close(): void }> {
  const parameters = new Map([["/sst/bootstrap", BOOTSTRAP]]);
  const objects = new Map<string, Buffer>();

  const ssm = (operation: string, input: { Name: string; Value: string }): [number, object] => {
    if (operation === "PutParameter") {
      parameters.set(input.Name, input.Value);
      return [200, { Version: 1 }];
    }
    const Value = parameters.get(input.Name);
    if (operation !== "GetParameter" || Value === undefined)
      return [400, { __type: "ParameterNotFound", message: input.Name }];
    return [200, { Parameter: { Name: input.Name, Type: "String", Value, Version: 1 } }];
  };

  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const target = request.headers["x-amz-target"];
    if (typeof target === "string") {
      const [status, answer] = ssm(target.replace("AmazonSSM.", ""), JSON.parse(body.toString()));
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer));
      return;
    }
    const key = new URL(request.url ?? "/", "http://s3").pathname;
    const stored = objects.get(key);
    if (request.method === "PUT") {
      objects.set(key, withoutChunks(body, request));
      response.writeHead(200, { etag: '"offline"' }).end();
    } else if (request.method === "DELETE") {
      objects.delete(key);
      response.writeHead(204).end();
    } else if (stored === undefined) {
      response.writeHead(404, { "content-type": "application/xml" }).end("<Error><Code>NoSuchKey</Code></Error>");
    } else {
      response.writeHead(200, { "content-length": stored.length }).end(stored);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The bytes of an upload in `aws-chunked` encoding: `{hex length}[;…]\r\n{bytes}\r\n`, the last of length 0, then trailers. */
function withoutChunks(body: Buffer, { headers }: IncomingMessage): Buffer {
  if (!/aws-chunked|STREAMING/.test(`${headers["content-encoding"]} ${headers["x-amz-content-sha256"]}`)) return body;
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const start = body.indexOf("\r\n", at) + 2;
    const length = Number.parseInt(body.toString("latin1", at, start), 16);
    if (!(length > 0)) return Buffer.concat(parts);
    parts.push(body.subarray(start, start + length));
    at = start + length + 2;
  }
}
