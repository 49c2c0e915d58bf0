import { readFileSync } from "node:fs";
import { type IncomingMessage, request as open, type ServerResponse } from "node:http";
import { join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { Log, LogLevel, Miniflare } from "miniflare";
import { relay } from "../../packages/local/src/storage/relay.ts";
import { allOf, find, type Graph } from "../offline/graph.ts";
import type { FunctionOptions } from "./function.ts";
import { type Listening, listen } from "./listen.ts";

const SCRIPT = "cloudflare:index/workersScript:WorkersScript";

export const hasWorker = (graph: Graph): boolean => allOf(graph, SCRIPT).length > 0;

/** Where SST leaves the Worker's script. */
export const workerScript = (artifacts: string): string => join(artifacts, "Edge-src/.sst/edge/worker.js");

/**
 * The graph's Worker in workerd, with the bindings, date and flags it was deployed with. What it is told of
 * the stand-ins is known once everyone listens: the first request starts it.
 */
export async function startWorker({
  graph,
  artifacts,
  env,
}: Omit<FunctionOptions, "concurrency" | "usage">): Promise<Listening> {
  const { inputs } = find(graph, SCRIPT, "EdgeScript");
  const bindings = inputs.bindings.map(({ name, text }: { name: string; text: string }) => [name, text]);
  let workerd: Miniflare | undefined;
  const start = (): Miniflare =>
    new Miniflare({
      modules: true,
      script: readFileSync(workerScript(artifacts), "utf8"),
      compatibilityDate: inputs.compatibilityDate,
      compatibilityFlags: inputs.compatibilityFlags,
      bindings: { ...Object.fromEntries(bindings), ...env },
      host: "127.0.0.1",
      // these keep it off the network and off our terminal
      cf: false,
      log: new Log(LogLevel.NONE),
      handleRuntimeStdio(stdout: Readable, stderr: Readable) {
        stdout.resume();
        stderr.resume();
      },
    });

  const server = await listen(async (request, response) => {
    workerd ??= start();
    forward(request, response, await workerd.ready);
  });
  return {
    ...server,
    async close() {
      await server.close();
      await workerd?.dispose();
    },
  };
}

/** A caller who hangs up is heard of at the other end, and a body that nobody reads keeps no answer from a caller. */
function forward(request: IncomingMessage, response: ServerResponse, { origin }: URL): void {
  const { method, headers, url = "/" } = request;
  const leave = relay(request, new PassThrough(), () => open(origin + url, { method, headers, agent: false }), {
    answered(answer) {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
    spoiled: () => response.destroy(),
    failed: () => response.destroy(),
  });
  response.once("close", leave);
}
