import { usageError } from "../exit.ts";

const HERE = /^(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/i;

/**
 * A port, a host without a scheme, or a URL.
 * @param elsewhere scheme of a host that is not this machine, where none is named
 * @throws CliError (2)
 */
export function urlOf(address: string, elsewhere: "http" | "https" = "http"): string {
  const full = /^\d{1,5}(\/|$)/.test(address)
    ? `http://localhost:${address}`
    : /^[a-z][a-z\d+.-]*:\/\//i.test(address)
      ? address
      : `${HERE.test(address) ? "http" : elsewhere}://${address}`;
  const url = URL.parse(full);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw usageError(`${JSON.stringify(address)} is no address; it looks like localhost:3000/hook`);
  return url.href;
}
