import { join } from "node:path";
import { ACCESS_KEY, ACCOUNT, REGION } from "../offline/aws-outputs.ts";
import { functionNamed, type Graph } from "../offline/graph.ts";
import type { Concurrency } from "./concurrency.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";
import type { Usage } from "./usage.ts";

/** A deployed function: as many sandboxes as it has events at one time. */
export interface DeployedFunction {
  /** As its component has it: `Api`. */
  name: string;
  /** Without a version. */
  arn: string;
  /**
   * For a caller who waits for the answer.
   * @throws FunctionFailed, or Throttled while the account runs as many as it may
   */
  invoke(event: unknown): Promise<unknown>;
  /** For what Lambda keeps until there is room. @throws FunctionFailed */
  invokeLater(event: unknown): Promise<unknown>;
  /** From here on new events run another deployment's bundle, with its settings; who handles one finishes it. */
  deploy(next: Pick<FunctionOptions, "graph" | "artifacts">): Promise<void>;
  /** `kill -9` of every sandbox that handles an event now, or of all. @returns how many */
  kill(which?: "busy" | "all"): Promise<number>;
  /** What its processes printed. */
  log(): string;
}

export interface FunctionOptions {
  graph: Graph;
  /** Where SST left the bundles. */
  artifacts: string;
  concurrency: Concurrency;
  usage: Usage;
  /** Of a function that is published. Default 1. */
  version?: number;
  /** Added to the graph's own variables, over them: addresses of stand-ins. */
  env: Record<string, string>;
}

export function deployFunction(name: string, options: FunctionOptions): DeployedFunction {
  const { concurrency, usage, version = 1, env } = options;
  let { inputs } = functionNamed(options.graph, name);
  let { artifacts } = options;
  const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${inputs.name}`;
  const sandboxes = new Set<Sandbox>();
  /** Of an earlier deployment. */
  const outdated = new Set<Sandbox>();
  const printed: string[] = [];

  async function start(): Promise<Sandbox> {
    const sandbox = await startSandbox({
      taskRoot: join(artifacts, `${name}-src`),
      arn,
      timeoutSeconds: inputs.timeout,
      print: (text) => void printed.push(text),
      env: {
        ...inputs.environment.variables,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
        AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
        AWS_SESSION_TOKEN: name,
        AWS_LAMBDA_FUNCTION_NAME: inputs.name,
        AWS_LAMBDA_FUNCTION_VERSION: inputs.publish ? String(version) : "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(inputs.memorySize),
        _HANDLER: inputs.handler,
        TZ: ":UTC",
        ...env,
      },
    });
    sandboxes.add(sandbox);
    void sandbox.ended.then(() => sandboxes.delete(sandbox));
    return sandbox;
  }

  async function invoke(event: unknown): Promise<unknown> {
    const free = [...sandboxes].find((sandbox) => sandbox.free() && !outdated.has(sandbox));
    if (free === undefined) usage.add(`${name} starts`);
    const sandbox = free ?? (await start());
    const began = performance.now();
    try {
      return await sandbox.invoke(event);
    } finally {
      usage.add(`${name} invocations`);
      usage.add(`${name} ms`, Math.ceil(performance.now() - began)); // billed by whole ones
    }
  }

  return {
    name,
    arn,
    invoke: (event) => concurrency.run(() => invoke(event)),
    invokeLater: (event) => concurrency.runLater(() => invoke(event)),
    async deploy(next) {
      ({ inputs } = functionNamed(next.graph, name));
      ({ artifacts } = next);
      for (const sandbox of sandboxes) outdated.add(sandbox);
      await Promise.all([...sandboxes].filter((sandbox) => sandbox.free()).map((sandbox) => sandbox.kill()));
    },
    async kill(which = "busy") {
      const chosen = [...sandboxes].filter((sandbox) => which === "all" || sandbox.busy());
      await Promise.all(chosen.map((sandbox) => sandbox.kill()));
      return chosen.length;
    },
    log: () => printed.join(""),
  };
}
