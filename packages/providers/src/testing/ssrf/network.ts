import { createServer as createHttpsServer } from "node:https";
import { isIP, Socket } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { makeCertificate } from "../certificate.ts";
import { listening, startTcp } from "../servers.ts";
import { ATTACKERS, type Attempt, PUBLIC_ADDRESS } from "./corpus.ts";

/** A small internet: DNS, the attacker's server at a public address, and the canary at every other. */
export interface Network extends AsyncDisposable {
  /** Every address of a name, as the attacker's DNS tells it this time. */
  lookup(hostname: string): Promise<readonly string[]>;
  /** How often a name was looked up. */
  lookedUp(hostname: string): number;
  /** Connections that reached the canary, which stands for all that is inside. */
  reached(): number;
  /** Connections that this process opened to anything inside: `address:port`. */
  opened: string[];
  /** Look-ups begin anew. */
  forget(): void;
}

/**
 * Starts it, and takes hold of every connection that this process opens from here on: one to the public
 * address leads to the attacker's server, any other one, whatever its address and port, to the canary.
 */
export async function startNetwork(attempts: readonly Attempt[]): Promise<Network> {
  const names = new Map(attempts.flatMap((each) => Object.entries(each.names)));
  const redirects = new Map(attempts.flatMap((each) => Object.entries(each.redirects)));
  const asked = new Map<string, number>();
  const opened: string[] = [];

  const certificate = makeCertificate([`*.${ATTACKERS}`], Date.now());
  const authorities = getCACertificates("default");
  setDefaultCACertificates([certificate.cert]);
  const attacker = await listening(
    createHttpsServer(certificate, (request, response) => {
      const redirect = redirects.get(`https://${request.headers.host}${request.url}`);
      if (redirect === undefined) response.end("from outside");
      else response.writeHead(redirect.status, { location: redirect.location }).end();
    }),
  );
  const canaries = await Promise.all(["127.0.0.1", "::1"].map((host) => startTcp((socket) => socket.destroy(), host)));
  const [v4, v6] = canaries;

  const letGo = leadConnections((address, port) => {
    if (address === PUBLIC_ADDRESS) return { host: "127.0.0.1", port: attacker.port };
    opened.push(`${address}:${port}`);
    const canary = isIP(address) === 6 ? v6 : v4;
    return { host: isIP(address) === 6 ? "::1" : "127.0.0.1", port: canary?.port ?? 0 };
  });
  return {
    async lookup(hostname) {
      const times = asked.get(hostname) ?? 0;
      asked.set(hostname, times + 1);
      const answers = names.get(hostname) ?? [];
      return answers[Math.min(times, answers.length - 1)] ?? ["127.0.0.1"];
    },
    lookedUp: (hostname) => asked.get(hostname) ?? 0,
    reached: () => canaries.reduce((sum, { connections }) => sum + connections(), 0),
    opened,
    forget: () => asked.clear(),
    async [Symbol.asyncDispose]() {
      letGo();
      setDefaultCACertificates(authorities);
      for (const server of [attacker, ...canaries]) await server[Symbol.asyncDispose]();
    },
  };
}

type Place = { host: string; port: number };
type ConnectOptions = { host?: string; port?: number | string; lookup?: Lookup };
type Lookup = (
  host: string,
  options: { all: true },
  take: (error: Error | null, found: { address: string }[]) => void,
) => void;

/** Leads what `net` and `tls` connect to elsewhere. @returns lets go again */
function leadConnections(lead: (address: string, port: number) => Place): () => void {
  const { connect } = Socket.prototype;
  function led(this: Socket, ...given: unknown[]): Socket {
    // `net.connect` has put them into a list already
    const [options, connected] = (Array.isArray(given[0]) ? given[0] : given) as [ConnectOptions, () => void];
    const address = addressOf(options);
    if (address === undefined) return Reflect.apply(connect, this, given);
    const { lookup: _, ...rest } = options;
    return Reflect.apply(connect, this, [{ ...rest, ...lead(address, Number(options.port)) }, connected]);
  }
  Socket.prototype.connect = led;
  return () => {
    Socket.prototype.connect = connect;
  };
}

/** The address that a connection would go to: the one it is made with, or the one it is handed at once. */
function addressOf({ host = "localhost", lookup }: ConnectOptions): string | undefined {
  if (isIP(host) !== 0) return host;
  let found: string | undefined;
  lookup?.(host, { all: true }, (_error, [first]) => {
    found = first?.address;
  });
  return found;
}
