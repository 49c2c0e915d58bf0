/**
 * Headers, requests and answers without streams: what an app that runs on Node's server sees, for a fraction of
 * what the platform's own cost. Nothing here is ever sent.
 */
class PlainHeaders {
  readonly #fields = new Map<string, string>();

  constructor(init?: Iterable<readonly [string, string]> | Record<string, string>) {
    if (init === undefined || init === null) return;
    const fields = Symbol.iterator in init ? (init as Iterable<[string, string]>) : Object.entries(init);
    for (const [name, value] of fields) this.append(name, value);
  }
  get(name: string): string | null {
    return this.#fields.get(name.toLowerCase()) ?? null;
  }
  has(name: string): boolean {
    return this.#fields.has(name.toLowerCase());
  }
  set(name: string, value: string): void {
    this.#fields.set(name.toLowerCase(), String(value));
  }
  append(name: string, value: string): void {
    const there = this.get(name);
    this.set(name, there === null ? value : `${there}, ${value}`);
  }
  delete(name: string): void {
    this.#fields.delete(name.toLowerCase());
  }
  forEach(hear: (value: string, name: string) => void): void {
    this.#fields.forEach(hear);
  }
  entries() {
    return this.#fields.entries();
  }
  keys() {
    return this.#fields.keys();
  }
  values() {
    return this.#fields.values();
  }
  [Symbol.iterator]() {
    return this.#fields.entries();
  }
}

class PlainResponse {
  readonly status: number;
  readonly headers: PlainHeaders;
  readonly body: string | null;

  constructor(body: string | null = null, { status = 200, headers }: { status?: number; headers?: PlainHeaders } = {}) {
    if (body !== null && typeof body !== "string") throw new TypeError("only text is answered here");
    this.body = body;
    this.status = status;
    this.headers = new PlainHeaders(headers);
  }
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }
  async text(): Promise<string> {
    return this.body ?? "";
  }
}

const ORIGIN = "https://infill.example";
const never = new AbortController().signal;

/** A request as an app's `fetch` takes it. */
export function requestOf(method: string, path: string, headers: Record<string, string>, body?: string): Request {
  const request = {
    method,
    url: `${ORIGIN}${path}`,
    headers: new PlainHeaders(headers),
    body: body === undefined ? null : {},
    signal: never,
    text: async () => body ?? "",
    arrayBuffer: async () => new TextEncoder().encode(body).buffer,
  };
  return request as unknown as Request;
}

/** Has this thread's apps answer without streams. */
export function answerPlainly(): void {
  Object.assign(globalThis, { Headers: PlainHeaders, Response: PlainResponse });
}
