import {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as open,
  type ServerResponse,
  validateHeaderValue,
} from "node:http";
import { PassThrough } from "node:stream";
import { ChecksumGate } from "./checksum-gate.ts";
import { corsHeaders, preflightHeaders } from "./cors.ts";
import { afterBody, relay } from "./relay.ts";
import { type LocalStorage, STORAGE_PATH } from "./storage.ts";

/**
 * What storage is told of a request: what an upload or a download here may say, nothing that steers the
 * machinery. S3 refuses an `x-amz-` header that is not signed; the local service would obey
 * `x-amz-copy-source` and hand one tenant's picture to another. The
 * signature is in the URL; an `Authorization` would be the API's own, carried along by a redirect within
 * this host, and S3 refuses two kinds at once.
 */
const FORWARDED = /^(?:cache-control|content-[a-z-]+|if-[a-z-]+|range|x-amz-checksum-sha256)$/;

/** `response-…` of a signed download; the part after it is the header it sets. */
const OVERRIDE = /^response-(cache-control|content-(?:disposition|encoding|language|type)|expires)$/;

const METHODS = ["GET", "HEAD", "PUT"];

/**
 * Serves {@link STORAGE_PATH} of a server of ours out of local storage, streaming both ways, so that one
 * address is all a phone has to reach. URLs are signed for whatever host they name: the `Host` they
 * arrive with is what their signature is checked against.
 *
 * It adds what the local service lacks of S3: CORS, `response-content-type` and its kind on downloads,
 * and the check of `x-amz-checksum-sha256` (400 BadDigest, and nothing is stored). Only objects of the
 * one bucket can be got or put through it.
 */
export function proxyStorage(storage: LocalStorage): (req: IncomingMessage, res: ServerResponse) => void {
  const { origin } = new URL(storage.endpoint);
  const objects = `${STORAGE_PATH}${storage.bucket}/`;

  return (req, res) => {
    const { method = "", url: target = "" } = req;
    const refuse = (status: number, code: string, message: string): void => {
      afterBody(req, () => {
        res.writeHead(status, { ...corsHeaders(req), "content-type": "application/xml" });
        // as S3 answers HEAD: the status alone
        res.end(method === "HEAD" ? undefined : errorXml(code, message));
      });
    };

    const path = target.split("?", 1)[0] ?? "";
    // a path that a URL parser would change could leave the bucket: `..`, `%2e%2e`, `//host`, `\`
    const plain = target.startsWith("/") && new URL(`http://host${target}`).pathname === path;
    if (!plain || !path.startsWith(objects)) return refuse(404, "NoSuchBucket", "There is no such bucket here.");
    if (method === "OPTIONS") {
      const headers = preflightHeaders(req);
      if (headers === undefined)
        return refuse(403, "AccessForbidden", "CORSResponse: This CORS request is not allowed.");
      return void res.writeHead(200, headers).end();
    }
    if (!METHODS.includes(method))
      return refuse(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");

    let overrides: OutgoingHttpHeaders;
    try {
      overrides = overridesIn(target);
    } catch {
      return refuse(400, "InvalidArgument", "A response- parameter is not a valid header value.");
    }
    const headers: OutgoingHttpHeaders = {
      ...Object.fromEntries(Object.entries(req.headers).filter(([name]) => FORWARDED.test(name))),
      // the service answers to its own name only; this one is what it checks the signature with
      "mf-original-hostname": req.headers.host ?? "",
    };
    const checksum = req.headers["x-amz-checksum-sha256"];
    const gate = method === "PUT" && typeof checksum === "string" ? new ChecksumGate(checksum) : new PassThrough();
    const leave = relay(req, gate, () => open(origin + target, { method, headers, agent: false }), {
      answered(answer) {
        const { statusCode: status = 502 } = answer;
        const asked = status === 200 || status === 206 ? overrides : {};
        res.writeHead(status, { ...answerHeaders(answer), ...asked, ...corsHeaders(req) });
        answer.on("error", () => res.destroy());
        answer.pipe(res);
      },
      spoiled: ({ message }) => refuse(400, "BadDigest", message),
      failed: () => refuse(503, "ServiceUnavailable", "Local storage does not answer."),
    });
    res.once("close", leave);
  };
}

/**
 * The headers that a signed URL sets on its download; the signature covers them.
 * @throws TypeError when a value cannot be a header
 */
function overridesIn(target: string): OutgoingHttpHeaders {
  const overrides: OutgoingHttpHeaders = {};
  for (const [parameter, value] of new URL(target, "http://host").searchParams) {
    const header = OVERRIDE.exec(parameter)?.[1];
    if (header === undefined) continue;
    validateHeaderValue(header, value);
    overrides[header] = value;
  }
  return overrides;
}

/** What storage answered, less what concerns the connection to it. */
const answerHeaders = (answer: IncomingMessage): OutgoingHttpHeaders =>
  Object.fromEntries(
    Object.entries(answer.headers).filter(
      ([name]) => !/^(?:access-control-.*|connection|keep-alive|transfer-encoding)$/.test(name),
    ),
  );

const errorXml = (code: string, message: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
