import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Listening {
  /** `http://127.0.0.1:{port}` */
  url: string;
  /** Resolves when the next request has been answered. */
  answered(): Promise<void>;
  close(): Promise<void>;
}

/** A server on a free port of this machine. A handler that rejects is a stand-in's own fault, and is answered 500 with its message. */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void,
): Promise<Listening> {
  let next = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    response.once("close", () => {
      next.resolve();
      next = Promise.withResolvers();
    });
    try {
      await handle(request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(error instanceof Error ? error.stack : String(error));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answered: () => next.promise,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}
