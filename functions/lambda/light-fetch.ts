/**
 * `Headers`, `Request` and `Response` as far as a whole event and its answer need them. Node's own come
 * with undici, which is loaded when one of them is first touched: 20 ms, where a process that does nothing
 * starts in 30. Whatever streams takes Node's.
 *
 * https://fetch.spec.whatwg.org/
 */

type Pairs = Iterable<readonly [string, string]> | Record<string, string>;

/** Bodies are here at once, as text or bytes. */
type Payload = string | Uint8Array | ArrayBuffer | null;

const UNFIT = /[\0\r\n]/;

export class Headers {
  /** In order of name as the standard has it, once somebody asks for them in order. */
  readonly #values = new Map<string, string>();
  readonly #cookies: string[] = [];

  constructor(init: Pairs = {}) {
    const pairs = Symbol.iterator in init ? (init as Iterable<readonly [string, string]>) : Object.entries(init);
    for (const [name, value] of pairs) this.append(name, value);
  }

  get(name: string): string | null {
    const key = name.toLowerCase();
    if (key === "set-cookie") return this.#cookies.length === 0 ? null : this.#cookies.join(", ");
    return this.#values.get(key) ?? null;
  }
  has(name: string): boolean {
    return this.get(name) !== null;
  }
  set(name: string, value: string): void {
    this.delete(name);
    this.append(name, value);
  }
  append(name: string, value: string): void {
    const key = name.toLowerCase();
    const text = String(value).trim();
    if (UNFIT.test(text) || key === "") throw new TypeError(`The value of ${name} cannot be that of a header`);
    if (key === "set-cookie") this.#cookies.push(text);
    else this.#values.set(key, this.#values.has(key) ? `${this.#values.get(key)}, ${text}` : text);
  }
  delete(name: string): void {
    const key = name.toLowerCase();
    if (key === "set-cookie") this.#cookies.length = 0;
    else this.#values.delete(key);
  }
  getSetCookie(): string[] {
    return [...this.#cookies];
  }
  forEach(each: (value: string, name: string) => void): void {
    for (const [name, value] of this) each(value, name);
  }
  entries(): IterableIterator<[string, string]> {
    return this[Symbol.iterator]();
  }
  *keys(): IterableIterator<string> {
    for (const [name] of this) yield name;
  }
  *values(): IterableIterator<string> {
    for (const [, value] of this) yield value;
  }
  *[Symbol.iterator](): IterableIterator<[string, string]> {
    const cookies = this.#cookies.map((cookie): [string, string] => ["set-cookie", cookie]);
    yield* [...this.#values, ...cookies].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }
}

/** What both kinds of message can be read as, once. */
class Message {
  readonly headers: Headers;
  readonly #payload: Payload;
  #used = false;

  constructor(payload: Payload, headers: Pairs | undefined) {
    this.headers = new Headers(headers);
    this.#payload = payload;
  }

  /** Not a stream: what it was made of, which is what another message can be made of. */
  get body(): Payload {
    return this.#payload;
  }
  get bodyUsed(): boolean {
    return this.#used;
  }
  async text(): Promise<string> {
    const payload = this.#take();
    return typeof payload === "string" ? payload : new TextDecoder().decode(payload ?? undefined);
  }
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    const payload = this.#take();
    if (payload instanceof ArrayBuffer) return payload;
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : (payload ?? new Uint8Array());
    return new Uint8Array(bytes).buffer;
  }

  #take(): Payload {
    if (this.#used) throw new TypeError("The body has been read");
    this.#used = this.#payload !== null;
    return this.#payload;
  }
}

export class Request extends Message {
  readonly url: string;
  readonly method: string;
  #signal: AbortSignal | undefined;

  constructor(url: string, init: { method?: string; headers?: Pairs; body?: Payload } = {}) {
    super(init.body ?? null, init.headers);
    this.headers.delete("transfer-encoding"); // however it came, it is here whole
    this.url = url;
    this.method = (init.method ?? "GET").toUpperCase();
  }

  /** Never fires: nobody tells a function that a caller hung up. */
  get signal(): AbortSignal {
    this.#signal ??= new AbortController().signal;
    return this.#signal;
  }
}

export class Response extends Message {
  readonly status: number;

  constructor(body?: Payload, init: { status?: number; headers?: Pairs } = {}) {
    super(body ?? null, init.headers);
    this.status = init.status ?? 200;
    if (typeof body === "string" && !this.headers.has("content-type"))
      this.headers.set("content-type", "text/plain;charset=UTF-8");
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }
}

/**
 * Puts these in the place of the globals, for Hono, which makes its answers of them. `fetch` keeps Node's
 * own to itself, and takes these headers as it takes any pairs. Assigned, not defined: to define a property
 * anew, V8 asks for its value first, and there undici would be.
 */
export function useLightFetch(): void {
  Object.assign(globalThis, { Headers, Request, Response });
}
