import type { Problem } from "./types.ts";

/** The API's refusal, as it said it (RFC 9457). */
export class ApiProblem extends Error {
  readonly status: number;
  /** Stable; `http_{status}` when whoever answered is not the API (a gateway, a proxy). */
  readonly code: string;
  readonly retryable: boolean;
  readonly detail: string;
  /** JSON pointer of the field at fault. */
  readonly pointer: string | undefined;
  /** Every field at fault, when there are several. */
  readonly errors: ReadonlyArray<{ pointer: string; detail: string }>;
  /** Names that would have been taken instead. */
  readonly allowed: readonly string[];
  readonly requestId: string | undefined;

  constructor(status: number, problem: Partial<Problem> & { requestId?: string }) {
    const detail = problem.detail ?? `The server answered ${status} without saying why`;
    super(detail);
    this.name = "ApiProblem";
    this.status = status;
    this.code = problem.code ?? `http_${status}`;
    this.retryable = problem.retryable ?? GATEWAY.has(status);
    this.detail = detail;
    this.pointer = problem.pointer;
    this.allowed = Array.isArray(problem["allowed"]) ? problem["allowed"].map(String) : [];
    this.errors = problem.errors ?? [];
    this.requestId = problem.requestId;
  }
}

/** Statuses that mean "not now" even when no problem document comes with them. */
const GATEWAY = new Set([429, 502, 503, 504]);

/** Nothing answers at the address. */
export class Unreachable extends Error {
  readonly url: string;

  constructor(url: string, cause: unknown) {
    super(`Nothing answers at ${url} (${reasonOf(cause)})`, { cause });
    this.name = "Unreachable";
    this.url = url;
  }
}

/** A code such as ECONNREFUSED, wherever fetch has wrapped it, or the error's own words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

/** Reads a refusal: a problem document if it is one, else the status alone. */
export async function readProblem(answer: Response): Promise<ApiProblem> {
  const text = await answer.text();
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null) return new ApiProblem(answer.status, body);
  } catch {
    // a gateway's page
  }
  return new ApiProblem(answer.status, {});
}
