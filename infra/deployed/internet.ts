/**
 * The internet as a sandbox sees it, loaded before the bundle: the names in `INFILL_INTERNET` (JSON: host →
 * origin on this machine) have public addresses, and a TLS connection to one of them arrives, without
 * the TLS, at that origin. No other name exists. So a bundle talks to `https://modelslab.com` through the
 * very checks it was deployed with, and nothing leaves this machine.
 */
import dns from "node:dns";
import net from "node:net";
import tls from "node:tls";

const hosts: Record<string, string> = JSON.parse(process.env["INFILL_INTERNET"] ?? "{}");
/** One of example.com's; public is all it must be, for nobody connects to it. */
const PUBLIC_ADDRESS = { address: "93.184.215.14", family: 4 };

const nowhere = (hostname: string) =>
  Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND", hostname });

Object.assign(dns.promises, {
  async lookup(hostname: string) {
    if (hosts[hostname] === undefined) throw nowhere(hostname);
    return [PUBLIC_ADDRESS];
  },
});

Object.assign(tls, {
  connect({ host = "" }: tls.ConnectionOptions) {
    const origin = hosts[host];
    if (origin === undefined) throw nowhere(host);
    const { hostname, port } = new URL(origin);
    const socket = net.connect({ host: hostname, port: Number(port) });
    return socket.once("connect", () => socket.emit("secureConnect"));
  },
});
