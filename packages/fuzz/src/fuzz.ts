import { buildDocument, createValidator, OPERATIONS } from "@infill/functions/openapi";
import fc from "fast-check";
import { type FuzzRequest, requestsTo } from "./requests.ts";
import { makeWorld } from "./world.ts";

/** An answer that is not as documented, or a 5xx that says that something broke. */
export interface Surprise {
  request: FuzzRequest;
  status: number;
  problems: string[];
}

export interface FuzzReport {
  requests: number;
  /** Requests that the specification calls valid, and that succeeded. */
  succeeded: number;
  /** How often each status was answered, by operation. */
  statuses: Record<string, Record<number, number>>;
  surprises: Surprise[];
}

export interface FuzzOptions {
  requests: number;
  seed: number;
  /** Told of every batch. */
  progress?: (done: number, report: FuzzReport) => void;
  /** Ends it after the batch under way. */
  signal?: AbortSignal;
}

/** Requests that are made at once. */
const BATCH = 250;
/** After so many surprises it is enough. */
const MOST_SURPRISES = 20;

/**
 * Asks the API so many things, and holds every answer against the specification.
 * The same seed asks the same, but for the ids of what was made on the way.
 */
export async function fuzz({ requests, seed, progress, signal }: FuzzOptions): Promise<FuzzReport> {
  const document = buildDocument();
  const validator = createValidator(document);
  const accepts = (url: string, { method, body = "" }: FuzzRequest) => validator.accepts(method, url, JSON.parse(body));
  const world = await makeWorld();
  const arbitrary = requestsTo(document, world);
  const report: FuzzReport = { requests: 0, succeeded: 0, statuses: {}, surprises: [] };
  try {
    while (report.requests < requests && report.surprises.length < MOST_SURPRISES && !signal?.aborted) {
      const numRuns = Math.min(BATCH, requests - report.requests);
      for (const request of fc.sample(arbitrary, { numRuns, seed: (seed + report.requests) | 0 })) {
        report.requests++;
        const made = toRequest(request);
        if (made === undefined) continue; // no client could send it
        const answer = await world.fetch(made);
        const text = await answer.text();
        const { status, headers } = answer;
        const problems = validator.answer(request.method, made.url, { status, headers, text });
        if (status >= 500 && status !== 503) problems.push(`${status}: ${text}`);
        if (status < 300 && request.body !== undefined && takesBody(request) && !accepts(made.url, request))
          problems.push("the body was taken, and is none that is documented");
        if (problems.length > 0) report.surprises.push({ request, status, problems });
        if (status < 400) {
          if (headers.get("content-type") === "application/json")
            world.learn(text === "" ? undefined : JSON.parse(text));
          if (request.meant === "valid") report.succeeded++;
        }
        count(report, request, status);
      }
      progress?.(report.requests, report);
    }
    return report;
  } finally {
    world.close();
  }
}

/** What has no body ignores one. */
const takesBody = (request: FuzzRequest): boolean =>
  OPERATIONS.some(({ id, body }) => id === operationOf(request) && body !== undefined);

const PATTERNS = OPERATIONS.map(({ id, method, path }) => ({
  id,
  pattern: new RegExp(`^${method} ${path.replace("{model}", ".+").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
}));

function operationOf({ method, path }: FuzzRequest): string {
  const asked = `${method.toLowerCase().replace("head", "get")} ${path.split("?")[0]}`;
  return PATTERNS.find(({ pattern }) => pattern.test(asked))?.id ?? "nowhere";
}

function count({ statuses }: FuzzReport, request: FuzzRequest, status: number): void {
  const id = operationOf(request);
  const of = statuses[id] ?? {};
  statuses[id] = of;
  of[status] = (of[status] ?? 0) + 1;
}

function toRequest({ method, path, headers, body }: FuzzRequest): Request | undefined {
  try {
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    return new Request(new URL(`http://localhost${path}`), {
      method,
      headers: { ...headers, ...length },
      ...(body === undefined ? {} : { body }),
    });
  } catch {
    return undefined;
  }
}
