import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";

/** The bucket's CORS rule: what a browser may send from any page, and read of the answer. */
export const STORAGE_CORS = {
  methods: ["GET", "PUT", "HEAD"],
  headers: ["content-type", "content-length", "if-none-match", "x-amz-checksum-sha256"],
  expose: ["etag"],
  maxAgeSeconds: 3600,
} as const;

/** Headers that S3 adds to an answer when a browser asks from another page; none for anyone else. */
export function corsHeaders(request: IncomingMessage): OutgoingHttpHeaders {
  if (request.headers.origin === undefined) return {};
  return {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": STORAGE_CORS.expose.join(", "),
    vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
  };
}

/**
 * The answer to a preflight, or `undefined` when the rule does not allow what is asked:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
 */
export function preflightHeaders(request: IncomingMessage): OutgoingHttpHeaders | undefined {
  const { origin, "access-control-request-method": method = "" } = request.headers;
  const asked = (request.headers["access-control-request-headers"] ?? "").toLowerCase().split(/[\s,]+/);
  const allowed = (list: readonly string[], name: string) => list.includes(name);
  if (origin === undefined || !allowed(STORAGE_CORS.methods, method)) return undefined;
  if (!asked.every((name) => name === "" || allowed(STORAGE_CORS.headers, name))) return undefined;
  return {
    ...corsHeaders(request),
    "access-control-allow-methods": STORAGE_CORS.methods.join(", "),
    "access-control-allow-headers": STORAGE_CORS.headers.join(", "),
    "access-control-max-age": String(STORAGE_CORS.maxAgeSeconds),
  };
}
