import type { DatabaseSync } from "node:sqlite";
import type { DurableExecutionClient, DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import type { Engine, Ids, Log, WorkflowName } from "@infill/core";
import type { Execution } from "./store.ts";
import type { Timers } from "./timers.ts";

export interface LocalEngineOptions {
  /** A file (made when it is not there), `":memory:"`, or an open database, which stays yours to close. */
  database: string | DatabaseSync;
  /** Makes each workflow's handler, the very one that Lambda runs, on the engine as its transport. */
  handlers: Record<WorkflowName, (client: DurableExecutionClient) => DurableLambdaHandler>;
  clock: Timers;
  /** Makes the tokens of callbacks. */
  ids: Pick<Ids, "secret">;
  log: Log;
  /** Handlers of one workflow at work at one time: each has as many, and waits for no other's. Default 4. */
  concurrency?: number;
  /** Seconds after which an execution has timed out. Default: a year, as long as Lambda allows. */
  executionTimeoutSeconds?: number;
  /** Seconds after which a handler at work is given up, and called anew. Default 900, as Lambda's. */
  invocationTimeoutSeconds?: number;
  /** Days that an execution which is over is kept; its name is free afterwards. Default 14, as Lambda's. */
  retentionDays?: number;
  /**
   * Told of every execution that ended in any way but success; at least once, also after a crash.
   * Called again later when it throws.
   */
  onEnded?: (execution: Execution) => void | Promise<void>;
}

/** One operation of an execution's history. */
export interface HistoryEntry {
  type: string;
  name?: string;
  subType?: string;
  status: string;
}

export interface LocalEngine extends Engine {
  /**
   * Begins to work: whatever a previous process left unfinished goes on from its last checkpoint.
   * Until then `start` and `complete` are only written down.
   */
  resume(): void;
  /** Ends an execution now. What its handler does afterwards no longer counts. @returns false when it is not running */
  stop(executionId: string): Promise<boolean>;
  /**
   * Takes no more work. A handler that runs goes on to its next checkpoint, which is still written
   * (no new step begins), for at most `graceMs` (default 5000); then it is abandoned. Either way
   * the next `resume` continues it. @returns when all is quiet and the database may be closed
   */
  close(options?: { graceMs?: number }): Promise<void>;
  /** Resolves when no handler runs and none could: everything waits for time, a callback, or nothing. */
  idle(): Promise<void>;
  execution(workflow: WorkflowName, name: string): Execution | undefined;
  /** In the order in which the operations began. */
  history(workflow: WorkflowName, name: string): HistoryEntry[];
}
