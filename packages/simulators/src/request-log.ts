import type { IncomingHttpHeaders } from "node:http";
import type { Changes } from "./changes.ts";

/** A request as the simulator saw it. */
export interface LoggedRequest {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The parsed JSON with secrets masked; `undefined` where no JSON was read. */
  body: unknown;
}

export interface RequestLog {
  readonly entries: readonly LoggedRequest[];
  add(entry: Omit<LoggedRequest, "body">): LoggedRequest;
  /** Notes what an entry's body said, its `key` masked. */
  read(entry: LoggedRequest, body: unknown): void;
}

/** Keeps the latest `limit` requests: a simulator may run for days on somebody's laptop. */
export function createRequestLog(changes: Changes, limit = 500): RequestLog {
  const entries: LoggedRequest[] = [];
  return {
    entries,
    add({ at, method, path, headers }) {
      const safe = headers.authorization === undefined ? headers : { ...headers, authorization: MASK };
      const entry: LoggedRequest = { at, method, path, headers: safe, body: undefined };
      entries.push(entry);
      if (entries.length > limit) entries.shift();
      changes.changed();
      return entry;
    },
    read(entry, body) {
      entry.body = masked(body);
      changes.changed();
    },
  };
}

const MASK = "***";

function masked(body: unknown): unknown {
  return typeof body === "object" && body !== null && "key" in body ? { ...body, key: MASK } : body;
}
