import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ROOT } from "./deploy.ts";
import { functionNamed, type Graph } from "./graph.ts";

/** Where SST leaves a function's bundle. */
export const bundleOf = (name: string): string => join(ROOT, ".sst/artifacts", `${name}-src`);

export interface RunningFunction {
  // biome-ignore lint/suspicious/noExplicitAny: what a function answers is its own affair
  invoke(event: object): Promise<any>;
  close(): void;
}

/** What a function was deployed with, and what Lambda adds. */
export const functionEnvironment = (graph: Graph, name: string): Record<string, string> => ({
  ...functionNamed(graph, name).inputs.environment.variables,
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "offline",
  AWS_SECRET_ACCESS_KEY: "offline",
});

/**
 * Runs a function's own bundle, in a process that has nothing but the environment it was deployed with.
 * @param env what Lambda would add, or addresses of stand-ins: `AWS_ENDPOINT_URL_S3`
 * @throws Error with what the process said when the bundle does not load
 */
export async function startFunction(
  graph: Graph,
  name: string,
  env: Record<string, string> = {},
): Promise<RunningFunction> {
  const child = fork(join(import.meta.dirname, "function-process.ts"), [join(bundleOf(name), "bundle.mjs")], {
    cwd: bundleOf(name),
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: { ...functionEnvironment(graph, name), ...env },
  });
  let said = "";
  child.stderr?.on("data", (data) => {
    said += data;
  });

  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const ended = once(child, "exit").then(() => {
    const error = new Error(`The function ${name} ended: ${said}`);
    for (const { reject } of waiting.values()) reject(error);
    throw error;
  });
  ended.catch(() => {}); // told to whoever waits
  await Promise.race([once(child, "message"), ended]);
  child.on("message", ({ id, answer, error }: { id: number; answer?: unknown; error?: string }) => {
    if (error === undefined) waiting.get(id)?.resolve(answer);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });

  let events = 0;
  return {
    invoke(event) {
      const id = ++events;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(id, answer);
      child.send({ id, event });
      return answer.promise;
    },
    close: () => void child.kill("SIGKILL"),
  };
}

/** A request as the gateway gives it to a function: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export const httpEvent = (method: string, path: string, options: { key?: string; body?: object } = {}) => ({
  version: "2.0",
  rawPath: path,
  rawQueryString: "",
  headers: {
    host: "api.example.com",
    ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
    ...(options.body === undefined ? {} : { "content-type": "application/json" }),
  },
  ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  requestContext: { domainName: "api.example.com", http: { method, path } },
  isBase64Encoded: false,
});
