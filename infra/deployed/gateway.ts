import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { allOf, type Graph } from "../offline/graph.ts";
import { Throttled } from "./concurrency.ts";
import type { DeployedFunction } from "./function.ts";
import { invokableBy } from "./invokable.ts";
import { type Listening, listen, sendJson } from "./listen.ts";
import type { Usage } from "./usage.ts";

/** What a function answers in payload format 2.0. */
interface Answer {
  statusCode: number;
  headers?: Record<string, string>;
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
}

interface Route {
  key: string;
  pattern: RegExp;
  target: DeployedFunction;
}

/** Bodies of these types are given to a function as text, all others in base64. */
const TEXT = /^(?:text\/|application\/(?:json|javascript|xml|x-www-form-urlencoded|[\w.-]+\+json))/;

/**
 * The HTTP API with the graph's routes, each to the function of its integration
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
 */
export async function startGateway(
  graph: Graph,
  functionAt: (arn: string) => DeployedFunction,
  usage: Usage,
): Promise<Listening> {
  const integrations = allOf(graph, "aws:apigatewayv2/integration:Integration");
  const routes = allOf(graph, "aws:apigatewayv2/route:Route").map(({ parent, inputs }): Route => {
    const integration = integrations.find((candidate) => candidate.parent === parent);
    const target = invokableBy(graph, "apigateway.amazonaws.com", functionAt(integration?.inputs.integrationUri));
    return { key: inputs.routeKey, pattern: patternOf(inputs.routeKey), target };
  });
  // `$default` is what is left
  routes.sort((a, b) => Number(a.key === "$default") - Number(b.key === "$default"));

  return listen(async (request, response) => {
    usage.add("gateway requests");
    const url = new URL(request.url ?? "/", "http://gateway");
    for (const { key, pattern, target } of routes) {
      const found = pattern.exec(`${request.method} ${url.pathname}`);
      if (found === null) continue;
      const event = await toEvent(request, url, key, found.groups ?? {});
      return target.invoke(event).then(
        (answer) => send(response, answer as Answer),
        (error) =>
          error instanceof Throttled
            ? sendJson(response, 503, { message: "Service Unavailable" })
            : sendJson(response, 500, { message: "Internal Server Error" }),
      );
    }
    sendJson(response, 404, { message: "Not Found" });
  });
}

/** `POST /webhooks/{provider}/{token}` */
function patternOf(key: string): RegExp {
  if (key === "$default") return /^/;
  return new RegExp(`^${key.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
}

/** A request in payload format 2.0. */
export async function toEvent(
  request: IncomingMessage,
  url: URL,
  routeKey: string,
  pathParameters: Record<string, string> = {},
) {
  const body = await buffer(request);
  const asText = TEXT.test(request.headers["content-type"] ?? "");
  const headers = Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(",")]);
  return {
    version: "2.0",
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: { ...Object.fromEntries(headers), "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.1" },
    ...(url.search === "" ? {} : { queryStringParameters: Object.fromEntries(url.searchParams) }),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    requestContext: {
      accountId: "anonymous",
      apiId: "offline",
      domainName: request.headers.host,
      domainPrefix: "offline",
      http: { method: request.method, path: url.pathname, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "" },
      requestId: randomUUID(),
      routeKey,
      stage: "$default",
      timeEpoch: Date.now(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(asText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !asText,
  };
}

function send(response: ServerResponse, { statusCode, headers = {}, cookies, body = "", isBase64Encoded }: Answer) {
  response.writeHead(statusCode, cookies === undefined ? headers : { ...headers, "set-cookie": cookies });
  response.end(Buffer.from(body, isBase64Encoded ? "base64" : "utf8"));
}
