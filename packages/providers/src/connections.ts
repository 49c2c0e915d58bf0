import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { Client, type Dispatcher, Pool } from "undici";

/** Where a connection leads: checked by `parseSafeUrl` and `assertPublic`. */
export interface Destination {
  origin: string;
  /** Empty when the origin holds an address itself. */
  addresses: readonly LookupAddress[];
}

export interface Connections {
  /**
   * A connection of its own for one request. It costs a handshake, next to seconds of painting, and buys
   * certainty: a kept-alive socket may be long dead (a function is frozen between two invocations), a paid
   * request written to it is lost, and nobody can tell from the reset whether it was taken.
   */
  fresh(to: Destination): Dispatcher;
  /** One that others use, too: for questions, which can be asked again. */
  kept(to: Destination): Dispatcher;
  close(): Promise<void>;
}

/** Destinations whose connections are kept at a time. */
const MAX_KEPT = 16;
/** Shorter than the 5 s after which many servers close an idle connection themselves. */
const IDLE_MS = 4_000;

export function createConnections({ connectTimeoutMs }: { connectTimeoutMs: number }): Connections {
  const kept = new Map<string, Pool>();
  const optionsFor = ({ addresses }: Destination) => ({
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    connect: { timeout: connectTimeoutMs, lookup: pinned(addresses) },
  });
  return {
    fresh: (to) => new Client(to.origin, { ...optionsFor(to), pipelining: 0 }),
    kept(to) {
      // by its addresses, too: a name that leads elsewhere now is another destination
      const key = [to.origin, ...to.addresses.map(({ address }) => address).toSorted()].join(" ");
      const pool =
        kept.get(key) ??
        new Pool(to.origin, {
          ...optionsFor(to),
          pipelining: 1,
          keepAliveTimeout: IDLE_MS,
          keepAliveMaxTimeout: IDLE_MS,
        });
      kept.delete(key);
      kept.set(key, pool);
      for (const [oldest, idle] of kept) {
        if (kept.size <= MAX_KEPT) break;
        kept.delete(oldest);
        void idle.close();
      }
      return pool;
    },
    async close() {
      await Promise.all([...kept.values()].map((pool) => pool.destroy(null)));
      kept.clear();
    },
  };
}

/** Hands the connector what was checked: there is no second look at DNS between the check and the connection. */
function pinned(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (first === undefined) callback(new Error("no checked address"), []);
    else if (options.all) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}
