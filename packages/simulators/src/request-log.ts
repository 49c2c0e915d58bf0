import type { IncomingHttpHeaders } from "node:http";
import type { Changes } from "./changes.ts";

/** A request as the simulator saw it. */
export interface LoggedRequest {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The parsed JSON, or the fields of a form, with secrets masked; `undefined` where neither was read. */
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
      const entry: LoggedRequest = { at, method, path, headers: withoutKeys(headers), body: undefined };
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

/** Headers that vendors' keys come in. */
const KEY_HEADERS = ["authorization", "api-key", "x-key"];

const withoutKeys = (headers: IncomingHttpHeaders): IncomingHttpHeaders => ({
  ...headers,
  ...Object.fromEntries(KEY_HEADERS.filter((name) => name in headers).map((name) => [name, MASK])),
});

function masked(body: unknown): unknown {
  return typeof body === "object" && body !== null && "key" in body ? { ...body, key: MASK } : body;
}
