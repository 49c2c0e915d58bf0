import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { HttpFailure } from "./http-failure.ts";

/** `loopback` additionally lets `localhost`, 127.0.0.0/8 and ::1 through, and plain http to them: local play and tests. */
export interface UrlRules {
  allowLoopback: boolean;
}

/** Names that only ever mean something inside a network (RFC 6761, RFC 6762, RFC 8375, ICANN's `.internal`). */
const PRIVATE_SUFFIXES = [".localhost", ".local", ".internal", ".home.arpa", ".intranet", ".lan", ".corp", ".home"];

const refuse = (why: string): never => {
  throw new HttpFailure("unsafe-url", "no", why);
};

/**
 * Reads a URL that Infill is about to request and refuses what could point inside. Written addresses
 * are refused in every form, because a name can be checked against DNS and an address has no owner to
 * check; the WHATWG parser has already turned decimal, octal, hex and short forms into dotted quads.
 * The name's DNS answers are checked apart, by {@link assertPublic}.
 *
 * @throws HttpFailure `unsafe-url`, never repeating more of the URL than its host
 */
export function parseSafeUrl(text: string, rules: UrlRules): URL {
  if (!URL.canParse(text)) return refuse("not an absolute URL");
  const url = new URL(text);
  const { hostname } = url;
  if (url.protocol !== "https:" && url.protocol !== "http:") return refuse(`${url.protocol} URLs are not requested`);
  if (url.username !== "" || url.password !== "") return refuse(`${hostname}: a URL may not carry a user or password`);
  if (rules.allowLoopback && isLoopback(hostname)) return url;
  if (url.protocol !== "https:") return refuse(`${hostname}: only https is requested`);
  if (bareAddress(hostname) !== undefined) return refuse(`${hostname}: an address is not requested, only a name`);
  if (hostname.endsWith(".")) return refuse(`${hostname}: a host name may not end in a dot`);
  if (!hostname.includes(".")) return refuse(`${hostname}: a single-label name means something inside only`);
  if (PRIVATE_SUFFIXES.some((suffix) => hostname.endsWith(suffix))) {
    return refuse(`${hostname}: this name means something inside only`);
  }
  return url;
}

/** Why {@link parseSafeUrl} would refuse a URL, in words, or `undefined`. */
export function unsafeBecause(text: string, rules: UrlRules): string | undefined {
  try {
    parseSafeUrl(text, rules);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Checks what DNS said about a host: every address must be public, or none is used – a mixed answer is
 * how a rebinding attack looks.
 * @throws HttpFailure `unsafe-url` naming the host and the kind of range, not the address
 */
export function assertPublic(hostname: string, addresses: readonly string[]): void {
  for (const address of addresses) {
    const range = rangeOf(address);
    if (range !== "unicast") refuse(`${hostname} resolves to an address that is not public (${range})`);
  }
}

/** True for the names and addresses that mean this machine. */
export function isLoopback(hostname: string): boolean {
  if (hostname === "localhost") return true;
  const address = bareAddress(hostname);
  return address !== undefined && ipaddr.parse(address).range() === "loopback";
}

/** The address that a URL's host is, without brackets, or `undefined` when it is a name. */
export function bareAddress(hostname: string): string | undefined {
  const bare = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? undefined : bare;
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
