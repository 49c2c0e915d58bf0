import { ApiProblem, readProblem, reasonOf, Unreachable } from "./problem.ts";

/** Time as an argument. */
export interface Clock {
  /** ms since the epoch. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Transport {
  fetch: typeof fetch;
  clock: Clock;
  /** Told before every pause: what went wrong and when it is tried again. */
  onRetry?: (reason: string, afterMs: number) => void;
}

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 500;
/** A server that asks for a longer pause than this, ms, is not waited for. */
export const LONGEST_PAUSE_MS = 60_000;

/** 0.5, 1, 2, 4 s. @param attempt counts from 1 */
const backoff = (attempt: number): number => FIRST_PAUSE_MS * 2 ** (attempt - 1);

/** `Retry-After` in ms: seconds, or a date. `undefined` when it is absent or unreadable. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** Worth another attempt, after `pauseMs` or the usual pause. */
export class Again extends Error {
  readonly reason: unknown;
  readonly pauseMs: number | undefined;

  constructor(reason: unknown, pauseMs?: number) {
    super("again");
    this.reason = reason;
    this.pauseMs = pauseMs;
  }
}

/**
 * Runs `attempt` until it gives an answer, something that is not {@link Again}, or five attempts are
 * used up; then throws the last reason.
 * @param signal ends the pauses too
 */
export async function withRetries<T>(
  transport: Transport,
  attempt: (count: number) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt(count);
    } catch (error) {
      if (!(error instanceof Again)) throw error;
      const pause = error.pauseMs ?? backoff(count);
      if (count === ATTEMPTS || pause > LONGEST_PAUSE_MS) throw error.reason;
      transport.onRetry?.(error.reason instanceof Error ? error.reason.message : String(error.reason), pause);
      await transport.clock.sleep(pause, signal);
    }
  }
}

export interface Call {
  method?: "GET" | "POST" | "DELETE";
  headers?: Record<string, string>;
  body?: unknown;
  /** Ends the request and the pauses between attempts. */
  signal?: AbortSignal;
  /** The request itself goes on when the signal fires, only further attempts do not: its answer matters. */
  letFinish?: boolean;
}

/** Longer than the server holds any answer (25 s). */
const TIMEOUT_MS = 60_000;

/**
 * One address that is spoken to. Every call of the API may be repeated: reads, cancel and renew by
 * nature, an edit by its Idempotency-Key, and a signed upload that nobody uses is nothing.
 *
 * @throws ApiProblem for a refusal, {@link Unreachable} when nothing answers
 */
export function createHttp(base: string, apiKey: string | undefined, transport: Transport) {
  // Until something has answered, a refused connection means that nobody is there, not a hiccup.
  let answered = false;

  return (path: string, call: Call = {}): Promise<Response> => {
    const { method = "GET", body, signal, letFinish = false } = call;
    const send = async (): Promise<Response> => {
      const limits = [AbortSignal.timeout(TIMEOUT_MS), ...(signal && !letFinish ? [signal] : [])];
      let answer: Response;
      try {
        answer = await transport.fetch(base + path, {
          method,
          // followed by hand: the target is signed, and must not be shown our key
          redirect: "manual",
          signal: AbortSignal.any(limits),
          headers: {
            accept: "application/json",
            ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...call.headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      } catch (error) {
        signal?.throwIfAborted();
        const unreachable = new Unreachable(base, error);
        if (!answered && /^(ECONNREFUSED|ENOTFOUND)$/.test(reasonOf(error))) throw unreachable;
        throw new Again(unreachable);
      }
      answered = true;
      if (answer.status < 400) return answer;
      const problem = await readProblem(answer);
      throw problem.retryable ? new Again(problem, retryAfterMs(answer.headers, transport.clock.now())) : problem;
    };
    return withRetries(transport, send, signal);
  };
}

export type Http = ReturnType<typeof createHttp>;

/** A JSON answer. @throws ApiProblem when something else than the API answered */
export async function readJson<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiProblem(answer.status, { detail: `${answer.url} answered something that is not JSON: is it Infill?` });
  }
}
