import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A whole HTTP answer. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: string | Uint8Array;
}

/** One request and every way a vendor can treat it, the rude ones included. */
export interface Exchange {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Reads the whole body, once however often it is asked for. @throws BodyTooLarge */
  readBody(): Promise<Buffer>;
  send(answer: Answer): void;
  /** Drops the connection with a TCP reset, whatever was read or sent so far. */
  reset(): void;
  /** For answers that are sent piece by piece. */
  readonly response: ServerResponse;
}

export class BodyTooLarge extends Error {
  constructor(limit: number) {
    super(`The body is larger than ${limit} bytes.`);
  }
}

export interface ServerOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Largest body that is read, in bytes. */
  maxBodyBytes: number;
  handle(exchange: Exchange): Promise<void>;
}

export interface RunningServer {
  /** `http://host:port`, no slash at the end. */
  readonly url: string;
  /** Stops listening and cuts every open connection, hanging ones too. */
  close(): Promise<void>;
}

/** Listens for plain HTTP. A handler that throws is the simulator's own fault and is answered 500 with its message. */
export async function startServer({ host, port, maxBodyBytes, handle }: ServerOptions): Promise<RunningServer> {
  const server = createServer((request, response) => {
    const exchange = createExchange(request, response, maxBodyBytes);
    handle(exchange).catch((error: unknown) => {
      if (response.headersSent || request.socket.destroyed) return exchange.reset();
      const status = error instanceof BodyTooLarge ? 413 : 500;
      const message = error instanceof Error ? error.message : String(error);
      exchange.send({ status, headers: { connection: "close" }, body: `simulator: ${message}\n` });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function createExchange(request: IncomingMessage, response: ServerResponse, maxBodyBytes: number): Exchange {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://simulator");
  let body: Promise<Buffer> | undefined;
  async function read(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBodyBytes) throw new BodyTooLarge(maxBodyBytes);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
  return {
    method: request.method ?? "GET",
    path: pathname,
    query: searchParams,
    headers: request.headers,
    response,
    readBody() {
      body ??= read();
      return body;
    },
    send({ status, headers, body }) {
      response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers });
      response.end(body);
    },
    reset() {
      request.socket.resetAndDestroy();
    },
  };
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** What a proxy in front of the vendor says when the vendor itself cannot. */
export function html(status: number, title: string): Answer {
  return {
    status,
    headers: { "content-type": "text/html; charset=UTF-8" },
    body: `<!DOCTYPE html><html><head><title>${status} ${title}</title></head><body><h1>${title}</h1></body></html>`,
  };
}
