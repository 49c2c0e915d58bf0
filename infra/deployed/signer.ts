import type { IncomingHttpHeaders } from "node:http";

/**
 * Who signed a request, in a header or in its URL: the session token of a role, or the id of a user's key, which
 * has none (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html).
 */
export function signerOf(headers: IncomingHttpHeaders, query = new URLSearchParams()): string {
  const token = query.get("X-Amz-Security-Token") ?? headers["x-amz-security-token"];
  const credential = query.get("X-Amz-Credential") ?? /Credential=([^,]*)/.exec(headers.authorization ?? "")?.[1];
  return String(token ?? credential?.split("/")[0]);
}
