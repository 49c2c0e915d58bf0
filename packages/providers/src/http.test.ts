import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { createHttp, type Http, type HttpFailure, type HttpOptions } from "./http.ts";
import { startHttp, startTcp } from "./testing/servers.ts";

const SECRET = "sk-canary-secret";
const local = (options: HttpOptions = {}): Http => createHttp({ allowLoopback: true, ...options });
const submit = { method: "POST", body: { key: SECRET }, timeoutMs: 5_000, maxBytes: 1_000 } as const;

/** What a request failed with; `message` is checked here, once and for all cases, to give nothing away. */
async function failure(request: Promise<unknown>): Promise<Pick<HttpFailure, "reason" | "sent">> {
  const error = await request.then(
    () => expect.fail("it should have failed"),
    (thrown: HttpFailure) => thrown,
  );
  expect(error.name).toBe("HttpFailure");
  expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toMatch(/canary|\/path|query=/);
  expect(error.cause).toBeUndefined();
  return { reason: error.reason, sent: error.sent };
}

const code = (name: string) => Object.assign(new Error(name), { code: name });

describe("nothing was sent", () => {
  test.each([
    ["the name does not exist", () => Promise.reject(code("ENOTFOUND"))],
    ["the resolver is busy", () => Promise.reject(code("EAI_AGAIN"))],
    ["the name has no address", () => Promise.resolve([])],
  ])("when %s", async (_when, lookup) => {
    const request = local({ lookup }).json(`https://vendor.example.com/path?query=${SECRET}`, submit);
    expect(await failure(request)).toEqual({ reason: "dns", sent: "no" });
  });

  test("when the resolver never answers", async () => {
    const http = local({ lookup: () => new Promise(() => {}) });
    const request = http.json("https://vendor.example.com/path", { ...submit, timeoutMs: 5 });
    expect(await failure(request)).toEqual({ reason: "timeout", sent: "no" });
  });

  test.each([
    ["is inside", ["10.0.0.1"]],
    ["is partly inside", ["93.184.216.34", "169.254.169.254"]],
    ["is this machine, under a public name", ["127.0.0.1"]],
  ])("when the name's address %s", async (_what, addresses) => {
    const http = local({ lookup: () => Promise.resolve(addresses) });
    expect(await failure(http.json("https://vendor.example.com/path", submit))).toEqual({
      reason: "unsafe-url",
      sent: "no",
    });
  });

  test("when the connection is refused", async () => {
    const { origin } = await (async () => {
      await using server = await startTcp(() => {});
      return { origin: server.origin };
    })();
    expect(await failure(local().json(`${origin}/path`, submit))).toEqual({ reason: "connect", sent: "no" });
  });

  test.each<[string, (socket: Socket) => void]>([
    ["is reset", (socket) => socket.once("data", () => socket.resetAndDestroy())],
    ["is closed", (socket) => socket.once("data", () => socket.end())],
    ["is answered in plain text", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ])("when the TLS handshake %s", async (_how, onConnection) => {
    await using server = await startTcp(onConnection);
    const request = local().json(`https://localhost:${server.port}/path`, submit);
    expect(await failure(request)).toEqual({ reason: "connect", sent: "no" });
    expect(server.connections()).toBe(1);
  });

  test("when the TLS handshake hangs", async () => {
    await using server = await startTcp(() => {});
    const request = local({ connectTimeoutMs: 20 }).json(`https://localhost:${server.port}/path`, submit);
    expect(await failure(request)).toEqual({ reason: "connect", sent: "no" });
  });

  test("when it is abandoned before it starts", async () => {
    await using server = await startHttp((_request, response) => response.end());
    const request = local().json(`${server.origin}/path`, { ...submit, signal: AbortSignal.abort() });
    expect(await failure(request)).toEqual({ reason: "aborted", sent: "no" });
    expect(server.connections()).toBe(0);
  });

  test("when it is abandoned during the TLS handshake", async () => {
    const caller = new AbortController();
    await using server = await startTcp((socket) => socket.once("data", () => caller.abort()));
    const request = local().json(`https://localhost:${server.port}/path`, { ...submit, signal: caller.signal });
    expect(await failure(request)).toEqual({ reason: "aborted", sent: "no" });
  });

  test("once the door is closed", async () => {
    await using server = await startHttp((_request, response) => response.end());
    const http = local();
    await http.close();
    expect(await failure(http.json(`${server.origin}/path`, submit))).toEqual({ reason: "aborted", sent: "no" });
    expect(server.connections()).toBe(0);
  });
});

describe("it may have been received", () => {
  const onRequest = (answer: (socket: Socket) => void) => (socket: Socket) => {
    socket.once("data", () => answer(socket));
  };

  test.each<[string, (socket: Socket) => void, HttpFailure["reason"]]>([
    ["resets", (socket) => socket.resetAndDestroy(), "broken"],
    ["hangs up", (socket) => socket.end(), "broken"],
    ["hangs up amid the headers", (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-"), "broken"],
    ["hangs up amid the body", (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), "broken"],
    [
      "resets amid the body",
      (socket) =>
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", () => socket.resetAndDestroy()),
      "broken",
    ],
    ["does not speak HTTP", (socket) => socket.end("220 smtp ready\r\n"), "broken"],
    [
      "says too much",
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n${"x".repeat(1001)}`),
      "too-large",
    ],
  ])("when the server %s", async (_what, answer, reason) => {
    await using server = await startTcp(onRequest(answer));
    expect(await failure(local().json(`${server.origin}/path`, submit))).toEqual({ reason, sent: "maybe" });
    expect(server.connections()).toBe(1);
  });

  test("when a socket that worked before is reset: every request has its own", async () => {
    let requests = 0;
    await using server = await startTcp((socket) =>
      socket.on("data", () => {
        requests += 1;
        if (requests === 1) socket.write("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}");
        else socket.resetAndDestroy();
      }),
    );
    const http = local();
    expect(await http.json(`${server.origin}/path`, submit)).toMatchObject({ status: 200, body: {} });
    expect(await failure(http.json(`${server.origin}/path`, submit))).toEqual({
      reason: "broken",
      sent: "maybe",
    });
    expect([requests, server.connections()]).toEqual([2, 2]);
  });

  test("when the server never answers", async () => {
    await using server = await startTcp(() => {});
    const request = local().json(`${server.origin}/path`, { ...submit, timeoutMs: 50 });
    expect(await failure(request)).toEqual({ reason: "timeout", sent: "maybe" });
  });

  test("when the answer trickles beyond the time", async () => {
    await using server = await startHttp((_request, response) => response.write("{"));
    const request = local().json(`${server.origin}/path`, { ...submit, timeoutMs: 50 });
    expect(await failure(request)).toEqual({ reason: "timeout", sent: "maybe" });
  });

  test("when it is abandoned after it left", async () => {
    const caller = new AbortController();
    await using server = await startTcp(onRequest(() => caller.abort()));
    const request = local().json(`${server.origin}/path`, { ...submit, signal: caller.signal });
    expect(await failure(request)).toEqual({ reason: "aborted", sent: "maybe" });
  });

  test("when the door is closed meanwhile", async () => {
    const arrived = Promise.withResolvers<void>();
    await using server = await startTcp(onRequest(() => arrived.resolve()));
    const http = local();
    const failed = failure(http.json(`${server.origin}/path`, submit));
    await arrived.promise;
    await http.close();
    expect(await failed).toEqual({ reason: "aborted", sent: "maybe" });
  });
});

describe("json", () => {
  test("sends JSON and gives any status back, parsed", async () => {
    await using server = await startHttp(async (request, response) => {
      const chunks = await request.toArray();
      response.writeHead(503, { "Retry-After": "7" });
      response.end(
        JSON.stringify({ method: request.method, type: request.headers["content-type"], sent: `${chunks}` }),
      );
    });
    const answer = await local().json(`${server.origin}/path`, submit);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(answer.body).toEqual({ method: "POST", type: "application/json", sent: JSON.stringify({ key: SECRET }) });
  });

  test("reads past a byte order mark, and calls what is not JSON undefined", async () => {
    await using server = await startHttp((request, response) =>
      response.end(request.url === "/bom" ? "\ufeff[1]" : "<html>"),
    );
    const http = local();
    expect((await http.json(`${server.origin}/bom`, submit)).body).toEqual([1]);
    expect((await http.json(`${server.origin}/html`, submit)).body).toBeUndefined();
  });

  test("takes a redirect for an answer", async () => {
    await using server = await startHttp((_request, response) => response.writeHead(307, { Location: "/b" }).end());
    expect((await local().json(`${server.origin}/a`, submit)).status).toBe(307);
    expect(server.connections()).toBe(1);
  });
});

describe("download", () => {
  const limits = { maxBytes: 10, timeoutMs: 5_000 };

  test("gives the bytes and what they are said to be", async () => {
    await using server = await startHttp((request, response) => {
      response.writeHead(200, { "Content-Type": request.headers.accept ?? "" }).end("picture");
    });
    const { bytes, contentType } = await local().download(`${server.origin}/x`, { ...limits, accept: "image/*" });
    expect([Buffer.from(bytes).toString(), contentType]).toEqual(["picture", "image/*"]);
  });

  test("follows three redirects and no more", async () => {
    await using server = await startHttp((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end("end");
      else response.writeHead(302, { Location: `/${left - 1}` }).end();
    });
    const http = local();
    expect((await http.download(`${server.origin}/3`, limits)).bytes).toHaveLength(3);
    expect(await failure(http.download(`${server.origin}/4`, limits))).toMatchObject({ reason: "redirects" });
  });

  test.each([
    "http://169.254.169.254/latest/meta-data/",
    "https://metadata.google.internal/",
    "https://2852039166/",
    "http://example.com/",
    "file:///etc/passwd",
    "https://[",
  ])("does not follow a redirect to %s", async (location) => {
    await using server = await startHttp((_request, response) => response.writeHead(302, { Location: location }).end());
    expect(await failure(local().download(`${server.origin}/x`, limits))).toMatchObject({ reason: "unsafe-url" });
  });

  test.each([204, 206, 404, 500])("fails on %i", async (status) => {
    await using server = await startHttp((_request, response) => response.writeHead(status).end());
    expect(await failure(local().download(`${server.origin}/path`, limits))).toMatchObject({ reason: "status" });
  });

  test("stops at the byte cap, however long the body would go on", async () => {
    await using server = await startHttp((_request, response) => {
      const pour = () => {
        while (!response.destroyed && response.write("x".repeat(1_000)));
      };
      response.on("drain", pour);
      pour();
    });
    expect(await failure(local().download(`${server.origin}/path`, limits))).toMatchObject({ reason: "too-large" });
  });

  test("does not wait for a body that says it is too long", async () => {
    await using server = await startTcp((socket) =>
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")),
    );
    expect(await failure(local().download(`${server.origin}/path`, limits))).toMatchObject({ reason: "too-large" });
  });

  test("refuses this machine unless told otherwise", async () => {
    await using server = await startHttp((_request, response) => response.end("x"));
    expect(await failure(createHttp().download(`${server.origin}/x`, limits))).toMatchObject({ reason: "unsafe-url" });
    expect(await failure(createHttp().download(`https://localhost:${server.port}`, limits))).toMatchObject({
      reason: "unsafe-url",
    });
    expect(server.connections()).toBe(0);
  });
});

describe("postWebhook", () => {
  test("sends the body as it is and tells the status and the wait", async () => {
    let received: unknown;
    await using server = await startHttp(async (request, response) => {
      received = [request.headers["webhook-id"], `${await request.toArray()}`];
      response.writeHead(503, { "Retry-After": "Thu, 01 Jan 1970 00:00:42 GMT" }).end();
    });
    const http = local({ now: () => 2_000 });
    const answer = await http.postWebhook({ url: server.origin, headers: { "webhook-id": "evt_1" }, body: '{"a": 1}' });
    expect(answer).toEqual({ status: 503, retryAfterSeconds: 40 });
    expect(received).toEqual(["evt_1", '{"a": 1}']);
  });

  test("does not wait for an answer's endless body", async () => {
    await using server = await startHttp((_request, response) => {
      response.writeHead(200);
      response.write("x");
    });
    const answered = await local().postWebhook({ url: server.origin, headers: {}, body: "" });
    expect(answered).toEqual({ status: 200 });
  });

  test("gives up on a receiver that hangs", async () => {
    await using server = await startTcp((socket) => void once(socket, "data"));
    const post = local({ webhookTimeoutMs: 50 }).postWebhook({ url: `${server.origin}/path`, headers: {}, body: "" });
    expect(await failure(post)).toEqual({ reason: "timeout", sent: "maybe" });
  });
});

describe("connections", () => {
  test("are shared by questions, and never by what is paid for", async () => {
    await using server = await startHttp((_, response) => response.end("{}"));
    const http = local();
    const ask = async (request: Partial<Parameters<Http["json"]>[1]>) => {
      await http.json(server.origin, { method: "GET", timeoutMs: 5_000, maxBytes: 1_000, ...request });
      // a connection is free again a turn of the loop after its answer
      await new Promise((resolve) => setImmediate(resolve));
    };
    for (let i = 0; i < 3; i++) await ask({});
    await ask({ method: "POST", body: {}, question: true });
    expect(server.connections()).toBe(1);
    for (let i = 0; i < 3; i++) await ask({ method: "POST", body: {} });
    expect(server.connections()).toBe(4);
    await http.close();
  });

  test("of many questions at once are as many as it takes, each answered", async () => {
    await using server = await startHttp((request, response) => response.end(JSON.stringify(request.url)));
    const http = local();
    const paths = Array.from({ length: 20 }, (_, i) => `/${i}`);
    const answers = await Promise.all(
      paths.map((path) => http.json(server.origin + path, { method: "GET", timeoutMs: 5_000, maxBytes: 1_000 })),
    );
    expect(answers.map(({ body }) => body)).toEqual(paths);
    await http.close();
  });
});

describe("an answer that is read as it comes", () => {
  test("comes piece by piece, with its status, and counts against the limit", async () => {
    await using server = await startHttp((_, response) => {
      response.writeHead(206);
      response.write("one ");
      response.end("two");
    });
    const http = local();
    const pieces: [string, number][] = [];
    const onData = (piece: Uint8Array, status: number) => pieces.push([Buffer.from(piece).toString(), status]);
    const request = { method: "POST", body: "x", timeoutMs: 5_000, onData } as const;
    expect(await http.send(server.origin, { ...request, maxBytes: 1_000 })).toMatchObject({ status: 206 });
    expect([pieces.map(([text]) => text).join(""), pieces[0]?.[1]]).toEqual(["one two", 206]);
    expect(await failure(http.send(server.origin, { ...request, maxBytes: 5 }))).toEqual({
      reason: "too-large",
      sent: "maybe",
    });
    await http.close();
  });

  test("is given up when its reader throws", async () => {
    await using server = await startHttp((_, response) => response.end("enough"));
    const http = local();
    const onData = () => {
      throw new RangeError("enough");
    };
    const request = { method: "POST", timeoutMs: 5_000, maxBytes: 100, onData } as const;
    await expect(http.send(server.origin, request)).rejects.toThrow(RangeError);
    await http.close();
  });
});
