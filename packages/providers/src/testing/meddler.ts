import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { startHttp, type TestServer } from "./servers.ts";

/** What stands between an adapter and its vendor does to the answer of the next POST; GETs pass. */
export type Meddling =
  | "passes"
  | "resets unread"
  | "answers 429 instead"
  | "answers 500 instead"
  | "hides the answer behind 502"
  | "resets after"
  | "hangs after"
  | "answers a page"
  | "answers garbage"
  | "cuts the answer off"
  | "answers without end";

/**
 * A proxy before a vendor's simulator that spoils what comes back, whatever the vendor: the work is taken
 * – unless it says otherwise – and the adapter must make out what that means.
 * @param spoils whether this request is one to meddle with; every POST unless given
 */
export function startMeddler(
  vendor: string,
  meddling: Meddling,
  spoils: (incoming: IncomingMessage) => boolean = ({ method }) => method === "POST",
): Promise<TestServer> {
  return startHttp(async (incoming, response) => {
    const meddle = spoils(incoming) ? meddling : "passes";
    if (meddle === "resets unread") return incoming.socket.resetAndDestroy();
    const body = Buffer.concat(await incoming.toArray());
    if (meddle === "answers 429 instead") return void response.writeHead(429, { "retry-after": "7" }).end("{}");
    if (meddle === "answers 500 instead") return page(response, 500);
    // a vendor that is gone, or that is asked by nobody any more
    const answer = await forward(vendor, incoming, body).catch(() => undefined);
    const bytes = Buffer.concat((await answer?.toArray().catch(() => [])) ?? []);
    if (answer === undefined) return incoming.socket.resetAndDestroy();
    const { statusCode: status = 502, headers } = answer;
    switch (meddle) {
      case "passes":
        return void response.writeHead(status, headers).end(bytes);
      case "hides the answer behind 502":
        return page(response, 502);
      case "resets after":
        return incoming.socket.resetAndDestroy();
      case "hangs after":
        return;
      case "answers a page":
        return page(response, 200);
      case "answers garbage":
        return void response
          .writeHead(status, { ...headers, "content-length": bytes.length })
          .end(bytes.map((byte) => byte ^ 0xa5));
      case "cuts the answer off":
        response.writeHead(status, { ...headers, "content-length": bytes.length + 10 });
        return void response.write(bytes.subarray(0, bytes.length >> 1), () => incoming.socket.resetAndDestroy());
      case "answers without end":
        return pour(response, status);
    }
  });
}

function forward(vendor: string, { method, url = "/", headers }: IncomingMessage, body: Buffer) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const to = new URL(url, vendor);
  // with the host that was asked for: a signature may be over it
  request(to, { method, headers: { ...headers, "content-length": body.length }, agent: false }, resolve)
    .on("error", reject)
    .end(body);
  return promise;
}

const page = (response: ServerResponse, status: number): void =>
  void response.writeHead(status, { "content-type": "text/html" }).end("<html><title>Just a moment</title></html>");

/** A gigabyte of JSON that never closes. */
function pour(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "application/json" });
  const piece = Buffer.alloc(1 << 20, " ");
  response.write('{"data":"');
  const more = (left: number): void => {
    if (response.destroyed || left === 0) return;
    response.write(piece, () => more(left - 1));
  };
  more(1024);
}
