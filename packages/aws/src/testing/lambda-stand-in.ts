import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** An answer of Lambda's: 202 and nothing, unless it says otherwise. */
export interface StandInAnswer {
  status?: number;
  /** Name of an exception. */
  exception?: string;
  headers?: Record<string, string>;
  /** Breaks the connection: instead, or in the midst of the body. */
  hangUp?: true | "midway";
}

/** Lambda's door: checks who knocks, notes what is asked, and answers as it is told. */
export async function startLambdaStandIn(secretAccessKey: string) {
  const seen: SeenRequest[] = [];
  const answers: StandInAnswer[] = [];
  const server = createServer(async (req, res) => {
    const request = { method: req.method ?? "", url: req.url ?? "", headers: req.headers, body: await text(req) };
    seen.push(request);
    const {
      status = 202,
      exception,
      headers,
      hangUp,
    } = isSigned(request, secretAccessKey)
      ? (answers.shift() ?? {})
      : { status: 403, exception: "InvalidSignatureException" };
    if (hangUp === true) return void req.socket.destroy();
    if (hangUp === "midway") {
      res.writeHead(status, { "content-length": "100" });
      return void res.write("{", () => req.socket.destroy());
    }
    const type =
      exception === undefined ? {} : { "x-amzn-errortype": `${exception}:http://internal.amazon.com/lambda/` };
    res
      .writeHead(status, { ...type, ...headers })
      .end(exception === undefined ? "{}" : '{"Type":"User","Message":"no"}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    seen,
    /** What comes next, in order. */
    willAnswer: (...next: StandInAnswer[]) => void answers.push(...next),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/**
 * Whether a request bears the signature it should, from Amazon's description of it alone
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
function isSigned({ method, url, headers, body }: SeenRequest, secret: string): boolean {
  const match = /^AWS4-HMAC-SHA256 Credential=[^/]+\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w{64})$/.exec(
    headers.authorization ?? "",
  );
  const [, scope = "", signedHeaders = "", signature] = match ?? [];
  const [path = "", query = ""] = url.split("?");
  const canonical = [
    method,
    path.split("/").map(encodeURIComponent).join("/"),
    query,
    ...signedHeaders.split(";").map((name) => `${name}:${headers[name]}`),
    "",
    signedHeaders,
    sha256(body),
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  const key = scope.split("/").reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${secret}`);
  return hmac(key, toSign).toString("hex") === signature;
}

const sha256 = (data: string): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();
