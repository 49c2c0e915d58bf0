import { createHash } from "node:crypto";
import { type Example, OPERATIONS } from "@infill/functions/openapi";
import { STORAGE_PATH } from "@infill/local";
import type { TestStack } from "./test-stack.ts";

/** A request of an example: the operation by its id. */
export interface ExampleRequest {
  operation: string;
  name: string;
  summary: string;
  parameters?: Record<string, string>;
  query?: string;
  headers?: Record<string, string>;
  json?: unknown;
  /** No key, or another one. */
  key?: string;
}

/** Asks a stack, and remembers both sides. */
export interface Recorder {
  /** @returns the answer's body */
  ask(request: ExampleRequest): Promise<Record<string, unknown>>;
  /** Remembers a webhook as it came. */
  event(name: string, summary: string, body: string): void;
  /** What was remembered, with whatever differs from run to run replaced by what does not. */
  examples(): Example[];
}

/** Headers of an answer that examples show. */
const SHOWN = ["location", "etag", "retry-after", "preference-applied"];

export function createRecorder(t: TestStack): Recorder {
  const taken: Example[] = [];
  return {
    async ask({ operation: id, name, summary, parameters = {}, query, headers, json, key }) {
      const operation = OPERATIONS.find((candidate) => candidate.id === id);
      if (operation === undefined) throw new Error(`There is no operation ${id}`);
      const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => parameters[parameter] ?? "");
      const answer = await t.during(
        t.api(query === undefined ? path : `${path}?${query}`, {
          method: operation.method.toUpperCase(),
          ...(json === undefined ? {} : { json }),
          ...(headers === undefined ? {} : { headers }),
          ...(key === undefined ? {} : { key }),
        }),
      );
      const text = await answer.text();
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      taken.push({
        operation: id,
        name,
        summary,
        status: answer.status,
        request: {
          parameters,
          ...(query === undefined ? {} : { query }),
          ...(headers === undefined ? {} : { headers }),
          ...(json === undefined ? {} : { body: json }),
        },
        answer: {
          headers: Object.fromEntries(
            SHOWN.flatMap((header) => {
              const value = answer.headers.get(header);
              return value === null ? [] : [[header, value]];
            }),
          ),
          ...(body === undefined ? {} : { body }),
        },
      });
      return (body ?? {}) as Record<string, unknown>;
    },
    event(name, summary, body) {
      taken.push({
        operation: "webhook",
        name,
        summary,
        status: 204,
        request: { parameters: {}, body: JSON.parse(body) },
        answer: { headers: {} },
      });
    },
    examples: () => steady(taken, t.url),
  };
}

const START = Date.UTC(2026, 8, 1, 12);
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

/** What a run measures, as an ordinary run would have it. */
const MEASURED: Record<string, unknown> = {
  createdAt: at(0),
  finishedAt: at(2.31),
  timestamp: at(2.31),
  deadlineAt: at(900),
  disabledAt: at(2.31),
  blockedAt: at(2.31),
  at: at(2.31),
  expiresAt: at(900),
  resetsAt: at(900),
  queuedMs: 7,
  preparingMs: 109,
  submittedMs: 2079,
  storingMs: 110,
  totalMs: 2310,
  bytes: 96_411,
  next: "WzE3ODgyNjQwMDAyNTAsImpvYl82ODViYTlqMXozYWhhZnd5bndoOHkwcWJxNiJd",
};

/** Where a local stack's pictures are, below its own address. */
const BUCKET = `${STORAGE_PATH}infill/`;

const SIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=900&X-Amz-Signature=5d41402abc4b2a76b9719d911017c592";

function steady(taken: Example[], url: string): Example[] {
  const seen = new Map<string, string>();
  const steadyText = (text: string): string =>
    text
      .replace(`${url}${BUCKET}`, "https://pictures.example.com/")
      .replaceAll(url, "https://infill.example.com")
      .replace(/^http:\/\/127\.0\.0\.1:\d+\/hook$/, "https://app.example.com/hooks/infill")
      .replaceAll(/\b(job|ast|req|evt|key|tok|whe)_[0-9a-hjkmnp-tv-z]{26}/g, (id, prefix: string) => {
        const known = seen.get(id) ?? `${prefix}_${idLike(`${prefix}${seen.size}`)}`;
        seen.set(id, known);
        return known;
      })
      .replace(/^whsec_.*$/, `whsec_${Buffer.alloc(32, 7).toString("base64")}`)
      .replace(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/, "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl")
      .replace(/\?.*X-Amz-.*$/, `?${SIGNED}`)
      .replace(/(\/r\/|^)(job_\w{26})\.(\d+)\.\d+\.k1\.[\w-]+$/, "$1$2.$3.1788868802.k1.nRk3c0dVf1cQJmS2b8Tz7w");
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") return steadyText(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, key in MEASURED ? MEASURED[key] : walk(member)]),
    );
  };
  return walk(taken) as Example[];
}

/** 26 characters of an id's alphabet that are always the same for one text. */
const idLike = (text: string): string =>
  [...createHash("sha256").update(text).digest().subarray(0, 26)]
    .map((byte) => "0123456789abcdefghjkmnpqrstvwxyz"[byte % 32])
    .join("");
