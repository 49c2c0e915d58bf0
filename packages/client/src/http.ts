import { answerError, InfillError } from "./errors.ts";

export interface HttpOptions {
  baseUrl: string;
  apiKey?: string;
  /** Called for a token before the first request, and once more when one is refused. */
  token?: () => Promise<string> | string;
  /** Default the global one. */
  fetch?: typeof fetch;
  /** How often a request that may be sent again is. Default 4. */
  retries?: number;
  /** For tests: resolves after so many ms, or rejects when the signal fires. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  random?: () => number;
}

export interface HttpRequest {
  method?: "GET" | "POST" | "DELETE";
  json?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** A 304 is an answer. */
  conditional?: boolean;
}

export type Http = (path: string, request?: HttpRequest) => Promise<Response>;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;
/** What a server asks for is heeded up to this. */
const LONGEST_WISH_MS = 60_000;

const aborted = (signal: AbortSignal | undefined, cause: unknown): InfillError =>
  signal?.aborted
    ? new InfillError("aborted", "The request was aborted", { cause })
    : new InfillError("network", "No answer came", { retryable: true, cause });

/** Resolves after so many ms. @throws InfillError `aborted` when the signal fires before */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(aborted(signal, undefined));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

/**
 * Requests with a key, sent again while that can help and may: every request of this client is safe to repeat,
 * by its nature or by its idempotency key.
 */
export function createHttp(options: HttpOptions): Http {
  const base = options.baseUrl.replace(/\/+$/, "");
  const { fetch: send = (...call) => fetch(...call), retries = 4, random = Math.random } = options;
  const pause = options.sleep ?? sleep;
  let token: string | undefined = options.apiKey;

  const once = async (path: string, { method = "GET", json, headers = {}, signal, conditional }: HttpRequest) => {
    if (token === undefined) token = await options.token?.();
    const answer = await send(/^https?:/.test(path) ? path : base + path, {
      method,
      headers: {
        accept: "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(signal ? { signal } : {}),
    }).catch((cause: unknown) => {
      throw aborted(signal, cause);
    });
    if (answer.ok || (conditional && answer.status === 304)) return answer;
    throw await answerError(answer);
  };

  return async (path, request = {}) => {
    let refreshed = false;
    for (let attempt = 0; ; attempt++) {
      try {
        return await once(path, request);
      } catch (error) {
        if (!(error instanceof InfillError)) throw error;
        if (error.status === 401 && options.token !== undefined && !refreshed) {
          refreshed = true;
          token = undefined;
          continue;
        }
        const again = error.code === "network" || error.status === 429 || error.status >= 500;
        if (!again || attempt >= retries) throw error;
        const wish = Math.min(LONGEST_WISH_MS, (error.retryAfterSeconds ?? 0) * 1000);
        await pause(
          Math.max(wish, random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt)),
          request.signal,
        );
      }
    }
  };
}
