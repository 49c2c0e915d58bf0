import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** The bytes of a request, made once: the client must cost next to nothing beside the server. */
export function requestBytes(
  method: "GET" | "POST",
  path: string,
  headers: Record<string, string> = {},
  body = "",
): Buffer {
  const all = { host: "127.0.0.1", ...headers, "content-length": String(Buffer.byteLength(body)) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
}

/** One kept connection that asks one thing at a time. */
export interface Connection {
  /** @returns the status and the whole body. @throws Error when the connection ends before */
  ask(request: Buffer): Promise<{ status: number; body: string }>;
  close(): void;
}

export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return { ask: (request) => ask(socket, request), close: () => socket.destroy() };
}

function ask(socket: Socket, request: Buffer): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  let text = "";
  const onData = (chunk: Buffer) => {
    text += chunk.toString("latin1");
    const whole = wholeAnswer(text);
    if (whole !== undefined) done(() => resolve(whole));
  };
  const onClose = () => done(() => reject(new Error(`the connection ended within an answer: ${text.slice(0, 200)}`)));
  const done = (settle: () => void) => {
    socket.off("data", onData);
    socket.off("close", onClose);
    settle();
  };
  socket.on("data", onData);
  socket.once("close", onClose);
  socket.write(request);
  return promise;
}

/** The answer, once all of it is there. Lengths are counted in latin1, so in bytes. */
function wholeAnswer(text: string): { status: number; body: string } | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const status = Number(head.slice(9, 12));
  const rest = text.slice(end + 4);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return rest.length >= Number(length) ? { status, body: rest } : undefined;
  return rest.endsWith("0\r\n\r\n") ? { status, body: rest } : undefined;
}
