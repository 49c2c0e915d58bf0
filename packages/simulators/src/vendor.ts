import { type Changes, createChanges } from "./changes.ts";
import type { PaintRule } from "./paint.ts";
import { type Random, seededRandom } from "./random.ts";
import { createRequestLog, type LoggedRequest, type RequestLog } from "./request-log.ts";
import { createRulebook, type RulebookOf, type RuleOf } from "./rulebook.ts";
import { type Exchange, startServer } from "./server.ts";
import { stoppable, systemTime, type Time } from "./time.ts";

export interface VendorOptions<Behaviour> {
  /** The API keys it knows. */
  keys: readonly string[];
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Where others reach it, without a slash at the end; default its own url. Links in answers begin with it. */
  publicUrl?: string;
  /** Default the real clock. */
  time?: Time;
  /** For everything drawn at random. Default 1. */
  randomSeed?: number;
  /** For every submit that no rule says otherwise about. */
  behaviour?: Behaviour;
}

/** Work that a vendor took, and bills. */
export interface Work {
  readonly prompt: string;
  /** As they came in. */
  readonly photo: Uint8Array;
  readonly mask: Uint8Array;
  /** Where in that mask this vendor's own documentation says that it paints. */
  readonly paints: PaintRule;
  /** Everything else that was asked for, by the vendor's own names. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What a vendor's routes are made with. */
export interface VendorCore<Behaviour, Taken extends Work> {
  time: Time;
  random: Random;
  rulebook: RulebookOf<Behaviour>;
  log: RequestLog;
  changes: Changes;
  keys: readonly string[];
  works: Taken[];
  /** Ends when the vendor closes. */
  closing: AbortSignal;
  publicUrl(): string;
}

export interface VendorSimulator<Behaviour, Taken extends Work> extends Pick<Changes, "until"> {
  /** `http://host:port`, no slash at the end. */
  readonly url: string;
  /** The latest requests, whatever they were for, oldest first. */
  readonly requests: readonly LoggedRequest[];
  /** All work that was taken, oldest first. */
  readonly works: readonly Readonly<Taken>[];
  /** Scripts the next submits. @returns a function that withdraws the rule */
  behave(rule: RuleOf<Behaviour>): () => void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Sixteen pictures of a few MB. */
const MAX_BODY_BYTES = 96 * 1024 * 1024;

/**
 * What every vendor's simulator has: a server, a log of requests, a rulebook, a clock and its taken work.
 * @param routes answers one request; it has been logged
 */
export async function startVendor<Behaviour extends { answer?: string }, Taken extends Work>(
  options: VendorOptions<Behaviour>,
  routes: (core: VendorCore<Behaviour, Taken>) => (exchange: Exchange, entry: LoggedRequest) => Promise<void>,
): Promise<VendorSimulator<Behaviour, Taken>> {
  const time = stoppable(options.time ?? systemTime);
  const closing = new AbortController();
  const changes = createChanges();
  const core: VendorCore<Behaviour, Taken> = {
    time,
    changes,
    random: seededRandom(options.randomSeed ?? 1),
    rulebook: createRulebook<Behaviour>(options.behaviour ?? ({} as Behaviour)),
    log: createRequestLog(changes),
    keys: options.keys,
    works: [],
    closing: closing.signal,
    publicUrl: () => options.publicUrl ?? server.url,
  };
  const handle = routes(core);
  const server = await startServer({
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    maxBodyBytes: MAX_BODY_BYTES,
    handle: (exchange) => {
      const { method, path, headers } = exchange;
      return handle(exchange, core.log.add({ at: time.now(), method, path, headers }));
    },
  });
  async function close() {
    closing.abort(new Error("the simulator is closing"));
    time.stop();
    await server.close();
  }
  return {
    url: server.url,
    requests: core.log.entries,
    works: core.works,
    until: changes.until,
    behave: core.rulebook.add,
    close,
    [Symbol.asyncDispose]: close,
  };
}
