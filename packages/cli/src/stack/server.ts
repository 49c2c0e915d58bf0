import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { STORAGE_PATH } from "@infill/local";
import { StackError } from "./error.ts";

/** What answers below which path. */
export interface Handlers {
  api: (request: Request) => Response | Promise<Response>;
  webhook: (request: Request) => Response | Promise<Response>;
  /** Other makers' formats: paths that the API does not have. */
  compat: (request: Request) => Response | Promise<Response>;
  storage: (req: IncomingMessage, res: ServerResponse) => void;
}

export interface ListeningServer {
  port: number;
  /** Requests that came before are answered from here on. */
  serve(handlers: Handlers): void;
  close(): Promise<void>;
}

const CLOSE_GRACE_MS = 2000;
/** What other makers' formats are below. */
const COMPAT_PATHS = ["/v1/images/", "/api/"];

/** Takes the port first – a taken one is the likeliest trouble – and answers once there is something to answer with. */
export async function listen(port: number, host: string): Promise<ListeningServer> {
  const ready = Promise.withResolvers<(req: IncomingMessage, res: ServerResponse) => void>();
  const server = createServer((req, res) => void ready.promise.then((handle) => handle(req, res)));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenFailure(error, port, host)));
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    serve(handlers) {
      const api = listenerOf(handlers.api);
      const webhook = listenerOf(handlers.webhook);
      const compat = listenerOf(handlers.compat);
      ready.resolve((req, res) => {
        if (req.url?.startsWith(STORAGE_PATH)) return handlers.storage(req, res);
        if (req.url?.startsWith("/webhooks/")) return void webhook(req, res);
        void (COMPAT_PATHS.some((path) => req.url?.startsWith(path)) ? compat : api)(req, res);
      });
    },
    close: () => closeServer(server),
  };
}

type Listener = ReturnType<typeof getRequestListener>;

const listenerOf = (answer: Handlers["api"]): Listener =>
  getRequestListener((request, { incoming }) => endingUnread(answer, request, incoming));

/** So much of a body that nobody reads is read and thrown away, bytes: below it a connection goes on. */
const DRAINED_BYTES = 64 * 1024;

/**
 * Answers; and where that is before a long body has come, says that the connection ends. What is left of the body
 * is in the way of the next request, which would otherwise be sent on it and get no answer.
 */
async function endingUnread(
  answer: Handlers["api"],
  request: Request,
  incoming: Pick<IncomingMessage, "headers" | "complete">,
): Promise<Response> {
  const response = await answer(request);
  // one of no declared length is drained for half a second by itself, and its connection ended
  const isLong = Number(incoming.headers["content-length"] ?? 0) > DRAINED_BYTES;
  if (isLong && !incoming.complete) response.headers.set("connection", "close");
  return response;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function listenFailure(error: NodeJS.ErrnoException, port: number, host: string): StackError {
  const reasons: Record<string, string> = {
    EADDRINUSE: `Port ${port} is in use`,
    EACCES: `Port ${port} needs more rights: choose one above 1023 with PORT=8787 npm start`,
    EADDRNOTAVAIL: `This machine has no address ${host}: use 127.0.0.1, or 0.0.0.0 for every one`,
  };
  return new StackError(reasons[error.code ?? ""] ?? `Cannot listen on ${host}:${port}: ${error.message}`, {
    cause: error,
  });
}
