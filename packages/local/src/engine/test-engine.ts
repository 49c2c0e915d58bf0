import type { DatabaseSync } from "node:sqlite";
import {
  type DurableExecutionClient,
  type DurableExecutionHandler,
  type DurableLambdaHandler,
  withDurableExecution,
} from "@aws/durable-execution-sdk-js";
import type { Log } from "@infill/core";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { createLocalEngine, type LocalEngineOptions } from "./engine.ts";

/** A workflow of a test: the handler itself, or what makes one. */
type Workflow =
  | DurableExecutionHandler<Record<string, string>>
  | { handler: (client: DurableExecutionClient) => DurableLambdaHandler };

/** An engine in virtual time, at work. Its `inpaint` is the workflow under test; nothing is logged but kept in `lines`. */
export function testEngine(
  workflow: Workflow,
  options: Partial<LocalEngineOptions> & { database?: string | DatabaseSync; clock?: VirtualClock } = {},
) {
  const clock = options.clock ?? new VirtualClock();
  const lines: string[] = [];
  const write = (message: string): void => void lines.push(message);
  const log: Log = { info: write, warn: write, error: write };
  const make =
    "handler" in workflow
      ? workflow.handler
      : (client: DurableExecutionClient) => withDurableExecution(workflow, { durableExecutionClient: client });
  let secrets = 0;
  const engine = createLocalEngine({
    database: ":memory:",
    ids: { secret: () => `token-${secrets++}-${Math.random()}` },
    log,
    handlers: { inpaint: make, notify: make },
    ...options,
    clock,
  });
  engine.resume();
  return { engine, clock, lines };
}

/** A promise that a test resolves. */
export function gate<T = void>() {
  return Promise.withResolvers<T>();
}
