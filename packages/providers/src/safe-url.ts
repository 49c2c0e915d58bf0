import { HttpFailure } from "./http-failure.ts";

/** `allowLoopback` additionally lets `localhost`, 127.0.0.0/8 and ::1 through, and plain http to them: local play and tests. */
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
 * The name's DNS answers are checked apart, by `assertPublic`.
 *
 * @throws HttpFailure `unsafe-url`, never repeating more of the URL than its host
 */
export function parseSafeUrl(text: string, rules: UrlRules): URL {
  if (!URL.canParse(text)) return refuse("not a whole address, which begins with https://");
  const url = new URL(text);
  const { hostname } = url;
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return refuse(`the address must begin with https://, not ${url.protocol}`);
  if (url.username !== "" || url.password !== "")
    return refuse(`${hostname}: the address may not carry a user or password`);
  if (rules.allowLoopback && isLoopback(hostname)) return url;
  if (url.protocol !== "https:") return refuse(`${hostname}: the address must begin with https://`);
  if (isAddress(hostname)) return refuse(`${hostname}: the host must be a name, not an IP address`);
  if (hostname.endsWith(".")) return refuse(`${hostname}: the host's name may not end in a dot`);
  if (!hostname.includes(".")) return refuse(`${hostname}: the host's name must be a public one, with a dot in it`);
  if (PRIVATE_SUFFIXES.some((suffix) => hostname.endsWith(suffix))) {
    return refuse(`${hostname}: the host's name must be a public one: this means something inside only`);
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

/** True for the names and addresses that mean this machine, as the WHATWG parser writes a URL's host. */
export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);

/** Whether a URL's host is an address: the WHATWG parser brackets every IPv6 one, and knows IPv4 by its last number. */
export const isAddress = (hostname: string): boolean => hostname.startsWith("[") || /^\d+(\.\d+){3}$/.test(hostname);
