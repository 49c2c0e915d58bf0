import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request as open, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { proxyStorage } from "./proxy.ts";
import { type LocalStorage, startLocalStorage } from "./storage.ts";
import { presign } from "./testing/sigv4.ts";

/** What a phone in the same network calls us; the connection itself goes to 127.0.0.1. */
const ORIGIN = "http://192.168.1.5:8787";
const LARGE = Buffer.alloc(20 * 1024 * 1024, "photo ");

let storage: LocalStorage;
let directory: string;
let server: Server;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "infill-proxy-"));
  const credentials = { accessKeyId: "AKIALOCAL", secretAccessKey: "secretsecret" };
  storage = await startLocalStorage({ directory, bucket: "pictures", credentials });
  server = createServer(proxyStorage(storage)).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(async () => {
  server.close();
  await storage.close();
  await rm(directory, { recursive: true });
});

interface Sent {
  method: string;
  /** A whole URL, of which only path and query travel, or a raw request target. */
  url: string;
  headers?: Record<string, string>;
  body?: Buffer;
}

function connect({ method, url, headers = {} }: Sent, proxy = server) {
  const { port } = proxy.address() as AddressInfo;
  const path = url.startsWith("http") ? url.slice(new URL(url).origin.length) : url;
  return open({
    host: "127.0.0.1",
    port,
    method,
    path,
    headers: { host: new URL(ORIGIN).host, ...headers },
    agent: false,
  });
}

async function send(
  sent: Sent,
  proxy = server,
): Promise<{ status: number; headers: IncomingMessage["headers"]; body: Buffer }> {
  const request = connect(sent, proxy);
  const answered = once(request, "response") as Promise<[IncomingMessage]>;
  request.end(sent.body);
  const [answer] = await answered;
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
}

let count = 0;
const fresh = () => `u/${++count}`;
const sign = (
  method: string,
  key: string,
  more: { headers?: Record<string, string>; query?: Record<string, string> } = {},
) => presign(storage, { method, origin: ORIGIN, key, ...more });
const stored = async (key: string) => (await send({ method: "GET", url: sign("GET", key) })).status === 200;

/** An upload as the app signs it. */
function upload(key: string, body: Buffer): Required<Sent> {
  const headers = {
    "content-length": String(body.length),
    "content-type": "image/png",
    "if-none-match": "*",
    "x-amz-checksum-sha256": createHash("sha256").update(body).digest("base64"),
  };
  return { method: "PUT", url: sign("PUT", key, { headers }), headers, body };
}

describe("an upload", () => {
  test("is taken under the host it was signed for, and no other", async () => {
    const key = fresh();
    const sent = upload(key, LARGE);
    expect((await send({ ...sent, headers: { ...sent.headers, host: "192.168.1.6:8787" } })).status).toBe(403);
    expect((await send(sent)).status).toBe(200);
    const back = await send({ method: "GET", url: sign("GET", key) });
    expect(back.body.equals(LARGE)).toBe(true);
  });

  test("that waits to be asked for its body is asked", async () => {
    const sent = upload(fresh(), LARGE);
    const request = connect({ ...sent, headers: { ...sent.headers, expect: "100-continue" } });
    request.flushHeaders();
    await once(request, "continue");
    request.end(sent.body);
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(200);
    answer.resume();
  });

  test("with a bad signature is told so after however large a body", async () => {
    const key = fresh();
    const sent = upload(key, LARGE);
    const answer = await send({ ...sent, url: `${sent.url}0` });
    expect(answer.status).toBe(403);
    expect(String(answer.body)).toContain("<Code>SignatureDoesNotMatch</Code>");
    expect(await stored(key)).toBe(false);
  });

  test.each([
    ["small", Buffer.from("x")],
    ["large", LARGE],
  ])("of %s bytes that are not its checksum's is refused and not stored", async (_, body) => {
    const key = fresh();
    const sent = upload(key, body);
    const answer = await send({ ...sent, body: Buffer.alloc(body.length) });
    expect(answer.status).toBe(400);
    expect(String(answer.body)).toContain("<Code>BadDigest</Code>");
    expect(await stored(key)).toBe(false);
    expect((await send(sent)).status).toBe(200);
  });

  test("that is sent again is refused, however large", async () => {
    const sent = upload(fresh(), LARGE);
    await send(sent);
    expect((await send(sent)).status).toBe(412);
  });

  test.each([
    ["with a checksum", (key: string) => upload(key, LARGE)],
    [
      "without one",
      (key: string) => ({ method: "PUT", url: sign("PUT", key), headers: { "content-length": String(LARGE.length) } }),
    ],
  ])("%s that breaks off is not stored", async (_, make) => {
    const key = fresh();
    const request = connect(make(key));
    request.on("error", () => {});
    const arrived = once(server, "request") as Promise<[IncomingMessage]>;
    request.write(LARGE.subarray(0, LARGE.length - 1));
    const [seen] = await arrived;
    const gone = new Promise((closed) => seen.on("close", closed));
    request.destroy();
    await gone;
    expect(await stored(key)).toBe(false);
  });
});

describe("a download", () => {
  const key = "r/1";
  beforeAll(() => send(upload(key, Buffer.from("picture"))));

  test("carries the headers its URL was signed with", async () => {
    const query = {
      "response-content-disposition": 'attachment; filename="a.png"',
      "response-content-type": "image/webp",
    };
    const { headers } = await send({ method: "GET", url: sign("GET", key, { query }) });
    expect(headers).toMatchObject({
      "content-disposition": 'attachment; filename="a.png"',
      "content-type": "image/webp",
    });
  });

  test("does not break on a header that is none", async () => {
    const url = sign("GET", key, { query: { "response-content-type": "a\r\nb: c" } });
    expect((await send({ method: "GET", url })).status).toBe(400);
  });

  test("can be asked about", async () => {
    const answer = await send({ method: "HEAD", url: sign("HEAD", key) });
    expect(answer).toMatchObject({ status: 200, headers: { "content-length": "7" }, body: Buffer.alloc(0) });
  });
});

describe("a browser on another page", () => {
  const origin = "https://app.example";
  const preflight = (headers: Record<string, string>) =>
    send({ method: "OPTIONS", url: sign("PUT", "u/x"), headers: { origin, ...headers } });

  test("may send what an upload needs", async () => {
    const answer = await preflight({
      "access-control-request-method": "PUT",
      "access-control-request-headers": "content-type,if-none-match,x-amz-checksum-sha256",
    });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, PUT, HEAD",
      "access-control-allow-headers": "content-type, content-length, if-none-match, x-amz-checksum-sha256",
    });
  });

  test.each([
    ["method", { "access-control-request-method": "DELETE" }],
    ["header", { "access-control-request-method": "PUT", "access-control-request-headers": "x-amz-acl" }],
  ])("may use no other %s", async (_, headers) => {
    expect((await preflight(headers)).status).toBe(403);
  });

  test("may read answers, errors too, and the ETag", async () => {
    const sent = upload(fresh(), Buffer.from("picture"));
    const rule = { "access-control-allow-origin": "*", "access-control-expose-headers": "etag" };
    for (const status of [200, 412])
      expect(await send({ ...sent, headers: { ...sent.headers, origin } })).toMatchObject({ status, headers: rule });
  });
});

describe("nothing else", () => {
  test.each([
    "/cdn-cgi/local/r2/public/pictures/r/1",
    "/cdn-cgi/local/r2/s3/../public/pictures/r/1",
    "/cdn-cgi/local/r2/s3/pictures/../../public/pictures/r/1",
    "/cdn-cgi/local/r2/s3/pictures/%2e%2e/%2e%2e/public/pictures/r/1",
    "/cdn-cgi/local/r2/s3/pictures\\..\\..\\public/pictures/r/1",
    "/cdn-cgi/local/r2/s3/",
    "/cdn-cgi/local/r2/s3/other/r/1",
    "//elsewhere/cdn-cgi/local/r2/s3/pictures/r/1",
    "*",
  ])("is reached by %s", async (url) => {
    expect((await send({ method: "GET", url })).status).toBe(404);
  });

  test("is steered by headers of the machinery", async () => {
    const url = sign("GET", "r/1");
    const headers = { host: "192.168.1.6:8787", "mf-original-hostname": new URL(ORIGIN).host };
    expect((await send({ method: "GET", url, headers })).status).toBe(403);
  });

  test.each(["DELETE", "POST"])("is done by %s", async (method) => {
    expect((await send({ method, url: sign(method, "r/1") })).status).toBe(405);
  });
});

describe("storage behind it", () => {
  /** A proxy to something else than storage. */
  async function proxyTo(port: number): Promise<Server> {
    const elsewhere = { ...storage, endpoint: storage.endpoint.replace(/:\d+/, `:${port}`) };
    const proxy = createServer(proxyStorage(elsewhere)).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    return proxy;
  }
  const stop = (...servers: Server[]) => {
    for (const running of servers) running.close().closeAllConnections();
  };

  test("that is gone is said to be", async () => {
    const proxy = await proxyTo(9);
    const answer = await send({ method: "GET", url: sign("GET", "r/1") }, proxy);
    expect(answer.status).toBe(503);
    expect(String(answer.body)).toContain("<Code>ServiceUnavailable</Code>");
    stop(proxy);
  });

  test("that answers before it has read is not in the way of a client that reads when it has sent", async () => {
    // a whole answer, but not ended: Node would read the body then
    const hasty = createServer((_, res) => res.writeHead(403, { "content-length": 7 }).write("refused"));
    hasty.listen(0, "127.0.0.1");
    await once(hasty, "listening");
    const proxy = await proxyTo((hasty.address() as AddressInfo).port);
    const sent = upload("u/x", LARGE);
    const request = connect(sent, proxy);
    const answered = once(request, "response") as Promise<[IncomingMessage]>;
    request.end(sent.body);
    await once(request, "finish");
    const [answer] = await answered;
    expect(answer.statusCode).toBe(403);
    expect(String(await buffer(answer))).toBe("refused");
    stop(proxy, hasty);
  });
});
