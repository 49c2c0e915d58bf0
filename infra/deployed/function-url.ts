import { IncomingMessage, type ServerResponse } from "node:http";
import { allOf, type Graph } from "../offline/graph.ts";
import { Throttled } from "./concurrency.ts";
import type { DeployedFunction } from "./function.ts";
import { toEvent } from "./gateway.ts";
import { type Listening, listen, sendJson } from "./listen.ts";
import { PRELUDE_END, WITH_PRELUDE } from "./response-stream.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;
const MAX_STREAMED_BYTES = 200 * 1024 * 1024;

/** What comes before the body. */
interface Prelude {
  statusCode: number;
  headers?: Record<string, string>;
  cookies?: string[];
}

/**
 * The graph's function URL, which streams (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
 * A caller who hangs up is nothing that the function hears of: it runs to its end.
 * @throws Error when the graph has another number of them, or one that is not open, or that does not stream
 */
export async function startFunctionUrl(
  graph: Graph,
  functionAt: (name: string) => DeployedFunction,
): Promise<Listening> {
  const [resource, ...others] = allOf(graph, "aws:lambda/functionUrl:FunctionUrl");
  if (resource === undefined || others.length > 0) throw new Error("The graph should have one function URL");
  const { functionName, authorizationType, invokeMode } = resource.inputs;
  if (authorizationType !== "NONE" || invokeMode !== "RESPONSE_STREAM")
    throw new Error(`The stand-in for function URLs knows none that is ${authorizationType} and ${invokeMode}`);
  demandOpen(graph, functionName);
  const target = functionAt(functionName);

  return listen(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://function-url");
    const event = await toEvent(request, url, "$default");
    if (Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES)
      return sendJson(response, 413, { Message: "Request Entity Too Large" });
    const answer = await target.invoke(event).catch((error: unknown) => error);
    if (answer instanceof IncomingMessage) return passOn(answer, response);
    if (answer instanceof Throttled) return sendJson(response, 429, { Reason: "ConcurrentInvocationLimitExceeded" });
    sendJson(response, 502, { Message: "Internal Server Error" });
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html: both rights, each for the URL alone. */
function demandOpen(graph: Graph, functionName: string): void {
  const forAnybody = allOf(graph, "aws:lambda/permission:Permission").filter(
    ({ inputs }) => inputs.principal === "*" && inputs.function === functionName,
  );
  const open =
    forAnybody.some(({ inputs: { action, functionUrlAuthType } }) => {
      return action === "lambda:InvokeFunctionUrl" && functionUrlAuthType === "NONE";
    }) &&
    forAnybody.some(({ inputs: { action, invokedViaFunctionUrl } }) => {
      return action === "lambda:InvokeFunction" && invokedViaFunctionUrl === true;
    });
  if (!open) throw new Error(`Nothing in the graph lets anybody call ${functionName} by its URL`);
}

/** Status and headers as soon as they are there, and every byte as it comes. */
async function passOn(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  let head = answer.headers["content-type"] === WITH_PRELUDE ? Buffer.alloc(0) : undefined;
  if (head === undefined) response.writeHead(200, { "content-type": answer.headers["content-type"] });
  let sent = 0;
  const send = (bytes: Buffer): void => {
    sent += bytes.length;
    if (sent > MAX_STREAMED_BYTES) response.destroy();
    else if (!response.destroyed) response.write(bytes); // who hung up is not waited for
  };
  try {
    for await (const chunk of answer) {
      if (head === undefined) {
        send(chunk);
        continue;
      }
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(PRELUDE_END);
      if (end < 0) continue;
      begin(response, JSON.parse(head.toString("utf8", 0, end)));
      send(head.subarray(end + PRELUDE_END.length));
      head = undefined;
    }
    response.end();
  } catch {
    response.destroy(); // the function broke off
  }
}

function begin(response: ServerResponse, { statusCode, headers = {}, cookies = [] }: Prelude): void {
  response.writeHead(statusCode, cookies.length === 0 ? headers : { ...headers, "set-cookie": cookies });
  response.flushHeaders();
}
