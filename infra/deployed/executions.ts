import { randomUUID } from "node:crypto";
import type {
  CheckpointDurableExecutionRequest,
  DurableExecutionClient,
  DurableExecutionInvocationOutput,
} from "@aws/durable-execution-sdk-js";
import { jobOfExecutionName, randomIds } from "@infill/core";
import { createLocalEngine } from "@infill/local";
import type { VirtualClock } from "@infill/local/testing";
import { functionNamed, type Graph } from "../offline/graph.ts";
import type { DeployedFunction } from "./function.ts";

/** The durable executions of one function. */
export interface Executions {
  target: DeployedFunction;
  /** ARN of the published version. */
  arn: string;
  /** @throws InfillError `idempotency_mismatch` */
  start(name: string, payload: Record<string, string>): Promise<void>;
  complete(token: string): Promise<boolean>;
  /** What a handler asks, with the execution's ARN. */
  client: DurableExecutionClient;
  /** @returns whether it ran */
  stop(arn: string): Promise<boolean>;
  /** Of a job's execution: `RUNNING`, `SUCCEEDED`, … */
  status(jobId: string): string | undefined;
  /** Names and states of the operations of a job's execution, in order. */
  history(jobId: string): string[];
  /** How many there ever were. */
  started(): number;
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** An event of EventBridge. */
export interface StatusChange {
  source: "aws.lambda";
  "detail-type": "Durable Execution Status Change";
  detail: { durableExecutionArn: string; functionArn: string; status: string };
}

/**
 * The local durable engine as Lambda's, for one version of a durable function: what the engine takes for a handler is
 * an invocation of the deployed bundle, which reaches the engine's checkpoints over HTTP.
 * @param told hears of executions that ended in any way but success
 */
export function durableExecutions(
  graph: Graph,
  target: DeployedFunction,
  clock: VirtualClock,
  told: (event: StatusChange) => Promise<void>,
  version = 1,
): Executions {
  const { durableConfig, timeout } = functionNamed(graph, target.name).inputs;
  const arn = `${target.arn}:${version}`;
  // the engine's own names: it knows two workflows, and here each function has an engine
  const workflow = "inpaint";
  const suffix = randomUUID();
  const arnOf = (id: string) => `${arn}/durable-execution/${id.slice(workflow.length + 1)}/${suffix}`;
  const idOf = (executionArn = "") => `${workflow}/${executionArn.split("/").at(-2)}`;

  let transport: DurableExecutionClient | undefined;
  const started = new Set<string>();
  const ofJob = (id: string) => [...started].find((name) => jobOfExecutionName(name).id === id) ?? "never started";
  const engine = createLocalEngine({
    database: ":memory:",
    clock,
    ids: randomIds,
    log: { info() {}, warn() {}, error() {} },
    invocationTimeoutSeconds: timeout,
    executionTimeoutSeconds: durableConfig.executionTimeout,
    retentionDays: durableConfig.retentionPeriod,
    handlers: {
      inpaint(client) {
        transport = client;
        return async (input) => {
          const event = { ...input, DurableExecutionArn: arnOf(input.DurableExecutionArn) };
          return (await target.invokeLater(event)) as DurableExecutionInvocationOutput;
        };
      },
      notify: () => () => Promise.reject(new Error("there is one workflow an engine")),
    },
    onEnded: ({ id, status }) =>
      told({
        source: "aws.lambda",
        "detail-type": "Durable Execution Status Change",
        detail: { durableExecutionArn: arnOf(id), functionArn: arn, status },
      }),
  });
  engine.resume();

  const client = (): DurableExecutionClient => {
    if (transport === undefined) throw new Error("the engine made no handler");
    return transport;
  };
  const translated = <R extends Pick<CheckpointDurableExecutionRequest, "DurableExecutionArn">>(request: R): R => ({
    ...request,
    DurableExecutionArn: idOf(request.DurableExecutionArn),
  });
  return {
    target,
    arn,
    async start(name, payload) {
      await engine.start(workflow, name, payload);
      started.add(name);
    },
    complete: (token) => engine.complete(token),
    client: {
      checkpoint: (request) => client().checkpoint(translated(request)),
      getExecutionState: (request) => client().getExecutionState(translated(request)),
    },
    stop: (executionArn) => engine.stop(idOf(executionArn)),
    status: (jobId) => engine.execution(workflow, ofJob(jobId))?.status,
    history: (jobId) =>
      engine.history(workflow, ofJob(jobId)).map((entry) => `${entry.name ?? entry.type} ${entry.status}`),
    started: () => started.size,
    idle: () => engine.idle(),
    close: () => engine.close({ graceMs: 0 }),
  };
}
