import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server as NetServer, type Socket } from "node:net";

export interface TestServer extends AsyncDisposable {
  port: number;
  /** `http://127.0.0.1:port` */
  origin: string;
  /** Connections taken so far: a retry would show here. */
  connections(): number;
}

/** A server of raw bytes, to fail at a chosen point of an exchange. */
export const startTcp = (onConnection: (socket: Socket) => void, host?: string): Promise<TestServer> =>
  listening(createTcpServer(onConnection), host);

/** A plain HTTP server. */
export const startHttp = (listener: RequestListener): Promise<TestServer> => listening(createHttpServer(listener));

/** At a port of its own, on this machine alone. */
export async function listening(server: NetServer | Server, host = "127.0.0.1"): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let taken = 0;
  server.on("connection", (socket: Socket) => {
    taken += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // clients here are cut off on purpose
    socket.on("error", () => {});
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, host, resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    connections: () => taken,
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      for (const socket of sockets) socket.destroy();
      await closed.promise;
    },
  };
}
