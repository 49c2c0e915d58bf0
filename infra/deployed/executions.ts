import { randomUUID } from "node:crypto";
import type {
  CheckpointDurableExecutionRequest,
  DurableExecutionClient,
  DurableExecutionInvocationOutput,
} from "@aws/durable-execution-sdk-js";
import { randomIds } from "@infill/core";
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
  /** `RUNNING`, `SUCCEEDED`, … */
  status(name: string): string | undefined;
  /** Names and states of its operations, in order. */
  history(name: string): string[];
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
  let started = 0;
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
      const isNew = engine.execution(workflow, name) === undefined;
      await engine.start(workflow, name, payload);
      if (isNew) started++;
    },
    complete: (token) => engine.complete(token),
    client: {
      checkpoint: (request) => client().checkpoint(translated(request)),
      getExecutionState: (request) => client().getExecutionState(translated(request)),
    },
    stop: (executionArn) => engine.stop(idOf(executionArn)),
    status: (name) => engine.execution(workflow, name)?.status,
    history: (name) => engine.history(workflow, name).map((entry) => `${entry.name ?? entry.type} ${entry.status}`),
    started: () => started,
    idle: () => engine.idle(),
    close: () => engine.close({ graceMs: 0 }),
  };
}
