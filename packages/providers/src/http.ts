import { promises as dns, type LookupAddress } from "node:dns";
import { isIP } from "node:net";
import { MAX_UPLOAD_BYTES, type PostWebhook } from "@infill/core";
import { createConnections } from "./connections.ts";
import { type ExchangeAnswer, type ExchangeRequest, exchange } from "./exchange.ts";
import { abandoned, HttpFailure } from "./http-failure.ts";
import { assertPublic } from "./public-address.ts";
import { retryAfterSeconds } from "./retry-after.ts";
import { isAddress, isLoopback, parseSafeUrl } from "./safe-url.ts";

export { HttpFailure, type HttpFailureReason } from "./http-failure.ts";

interface AnyRequest {
  method: "GET" | "POST";
  headers?: Record<string, string>;
  /** For everything. */
  timeoutMs: number;
  maxBytes: number;
  signal?: AbortSignal;
  /** Nothing is bought by it: it may go over a connection that is kept. A GET always may. */
  question?: boolean;
}

export interface JsonRequest extends AnyRequest {
  /** Sent as JSON. */
  body?: unknown;
}

export interface RawRequest extends AnyRequest {
  body?: Uint8Array | string;
  /** Takes the answer's body piece by piece, as it comes; the answer then has none. */
  onData?: (piece: Uint8Array, status: number) => void;
}

export interface RawAnswer {
  status: number;
  headers: Headers;
  bytes: Uint8Array;
}

export interface JsonAnswer {
  status: number;
  headers: Headers;
  /** The parsed body, or `undefined` when it is not JSON. */
  body: unknown;
}

export interface DownloadLimits {
  maxBytes: number;
  /** For everything: look-up, redirects, body. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** The `Accept` header. */
  accept?: string;
}

/** The one door for every outgoing request. */
export interface Http {
  /**
   * One request, whatever its status; redirects are answers like any other.
   * @throws HttpFailure saying whether the request may have been received
   */
  json(url: string, request: JsonRequest): Promise<JsonAnswer>;
  /**
   * The same for bodies that are not JSON.
   * @throws HttpFailure, and what `onData` throws
   */
  send(url: string, request: RawRequest): Promise<RawAnswer>;
  /**
   * GETs a file that someone else named. Up to three redirects are followed, each checked like the first URL.
   * @throws HttpFailure also when the final status is not 200
   */
  download(url: string, limits: DownloadLimits): Promise<{ bytes: Uint8Array; contentType: string }>;
  /** Ten seconds; the answer's body is not read. @throws HttpFailure */
  postWebhook: PostWebhook;
  /** Abandons what is under way and refuses what comes after. */
  close(): Promise<void>;
}

export interface HttpOptions {
  /** Lets requests to this machine through, also over plain http: local play and tests. Default false. */
  allowLoopback?: boolean;
  /** Default 10 000. */
  connectTimeoutMs?: number;
  /** Default 10 000. */
  webhookTimeoutMs?: number;
  /** Every address of a name. Default: the system's resolver. */
  lookup?: (hostname: string) => Promise<readonly string[]>;
  /** ms since the epoch, to read `Retry-After` dates. */
  now?: () => number;
}

const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * @example
 * const http = createHttp();
 * const { bytes } = await http.download(url, { maxBytes: 1_000_000, timeoutMs: 10_000 });
 */
export function createHttp(options: HttpOptions = {}): Http {
  const rules = { allowLoopback: options.allowLoopback ?? false };
  const now = options.now ?? Date.now;
  const lookup = options.lookup ?? systemLookup;
  const closed = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  const connections = createConnections({ connectTimeoutMs: options.connectTimeoutMs ?? 10_000 });

  const send = (
    url: string,
    { over, ...request }: Omit<ExchangeRequest, "url"> & { over: "fresh" | "kept" },
  ): Promise<ExchangeAnswer> => {
    const answer = (async () => {
      const safe = parseSafeUrl(url, rules);
      const addresses = await resolve(safe.hostname, request.signal);
      const whole = { ...request, headers: { "user-agent": "infill", ...request.headers }, url: safe };
      const to = { origin: safe.origin, addresses };
      if (over === "kept") return await exchange(connections.kept(to), whole);
      const connection = connections.fresh(to);
      return await exchange(connection, whole).finally(() => connection.destroy(null));
    })();
    const settled = answer.catch(() => {}).finally(() => underWay.delete(settled));
    underWay.add(settled);
    return answer;
  };

  /** The addresses to connect to; none for an address, which `parseSafeUrl` let through as this machine's. */
  const resolve = async (hostname: string, signal: AbortSignal): Promise<LookupAddress[]> => {
    if (isAddress(hostname)) return [];
    const addresses = await beforeAbort(lookup(hostname), signal, hostname);
    if (addresses.length === 0) throw new HttpFailure("dns", "no", `${hostname}: the name has no address`);
    // a public name that points at this machine is refused even where this machine's own name is not
    if (!(rules.allowLoopback && isLoopback(hostname))) assertPublic(hostname, addresses);
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };

  const within = (timeoutMs: number, signal: AbortSignal | undefined): AbortSignal =>
    AbortSignal.any([AbortSignal.timeout(timeoutMs), closed.signal, ...(signal === undefined ? [] : [signal])]);

  const raw = (url: string, request: RawRequest): Promise<RawAnswer> =>
    send(url, {
      over: request.method === "GET" || request.question ? "kept" : "fresh",
      method: request.method,
      headers: request.headers ?? {},
      ...(request.body === undefined ? {} : { body: request.body }),
      maxBytes: request.maxBytes,
      onData: request.onData,
      signal: within(request.timeoutMs, request.signal),
    });

  return {
    send: raw,

    async json(url, { body, ...request }) {
      const headers = {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...request.headers,
      };
      const answer = await raw(url, {
        ...request,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, headers: answer.headers, body: parseJson(answer.bytes) };
    },

    async download(url, { maxBytes, timeoutMs, signal, accept }) {
      const limited = within(timeoutMs, signal);
      let place = url;
      for (let hops = 0; ; hops++) {
        const answer = await send(place, {
          over: "kept",
          method: "GET",
          headers: accept === undefined ? {} : { accept },
          maxBytes,
          signal: limited,
        });
        const location = REDIRECTS.has(answer.status) ? answer.headers.get("location") : null;
        const { hostname } = new URL(place);
        if (location !== null) {
          if (hops === MAX_REDIRECTS) {
            throw new HttpFailure("redirects", "maybe", `${hostname}: more than ${MAX_REDIRECTS} redirects`);
          }
          place = URL.parse(location, place)?.href ?? "";
          continue;
        }
        if (answer.status !== 200) {
          throw new HttpFailure("status", "maybe", `${hostname} answered ${answer.status}`);
        }
        return { bytes: answer.bytes, contentType: answer.headers.get("content-type") ?? "" };
      }
    },

    async postWebhook({ url, headers, body }) {
      const { status, headers: answered } = await send(url, {
        over: "fresh",
        method: "POST",
        headers,
        body,
        maxBytes: "none",
        signal: within(options.webhookTimeoutMs ?? 10_000, undefined),
      });
      const wait = retryAfterSeconds(answered, now());
      return { status, ...(wait === undefined ? {} : { retryAfterSeconds: wait }) };
    },

    async close() {
      closed.abort(new Error("closed"));
      await Promise.all(underWay);
      await connections.close();
    },
  };
}

/** How long a picture that a caller names may take, ms. */
const PICTURE_TIMEOUT_MS = 20_000;

/** A picture from an address that a caller names. @throws HttpFailure */
export async function fetchPicture(
  http: Pick<Http, "download">,
  url: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const limits = { maxBytes: MAX_UPLOAD_BYTES, timeoutMs: PICTURE_TIMEOUT_MS, signal, accept: "image/png, image/*" };
  return (await http.download(url, limits)).bytes;
}

const systemLookup = async (hostname: string): Promise<string[]> =>
  (await dns.lookup(hostname, { all: true })).map(({ address }) => address);

/** A look-up cannot be called off, only left behind. */
async function beforeAbort<T>(work: Promise<T>, signal: AbortSignal, hostname: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(abandoned(hostname, signal, "no"));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, promise]);
  } catch (error) {
    if (error instanceof HttpFailure) throw error;
    const code = error instanceof Error && "code" in error ? ` (${error.code})` : "";
    throw new HttpFailure("dns", "no", `${hostname}: the name could not be looked up${code}`);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** A body as JSON; `undefined` when it is not. */
export function parseJson(json: Uint8Array | string): unknown {
  try {
    // TextDecoder drops a byte order mark, which some vendors' servers put in front
    return JSON.parse(typeof json === "string" ? json : new TextDecoder().decode(json));
  } catch {
    return undefined;
  }
}
