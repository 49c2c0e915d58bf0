import ipaddr from "ipaddr.js";
import { HttpFailure } from "./http-failure.ts";

/**
 * Checks what DNS said about a host: every address must be public, or none is used – a mixed answer is
 * how a rebinding attack looks.
 * @throws HttpFailure `unsafe-url` naming the host and the kind of range, not the address
 */
export function assertPublic(hostname: string, addresses: readonly string[]): void {
  for (const address of addresses) {
    const range = rangeOf(address);
    if (range === "unicast") continue;
    throw new HttpFailure("unsafe-url", "no", `${hostname} resolves to an address that is not public (${range})`);
  }
}

function rangeOf(address: string): string {
  if (!ipaddr.isValid(address)) return "not an address";
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  // ipaddr.js calls unassigned space "unicast" too, ::127.0.0.1 among it; only 2000::/3 is handed out (RFC 4291)
  if (parsed instanceof ipaddr.IPv6 && range === "unicast" && !parsed.match(GLOBAL_IPV6)) return "unassigned";
  return range;
}

const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");
