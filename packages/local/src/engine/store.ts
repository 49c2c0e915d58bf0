import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { ErrorObject, WireOperation } from "@aws/durable-execution-sdk-js";
import type { WorkflowName } from "@infill/core";
import { inTransaction } from "../transaction.ts";
import type { StoredOperation } from "./operation.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "STOPPED";

/** A workflow's run, as it is now. Times in ms since the epoch. */
export interface Execution {
  /** What the handler sees as its execution's id: `{workflow}/{name}`. */
  id: string;
  workflow: WorkflowName;
  name: string;
  /** JSON. */
  payload: string;
  status: ExecutionStatus;
  /** JSON of what the handler returned; absent when that was nothing. */
  result?: string;
  error?: ErrorObject;
  startedAt: number;
  endedAt?: number;
}

/** How an execution ended. */
export interface End {
  status: Exclude<ExecutionStatus, "RUNNING">;
  result?: string | undefined;
  error?: ErrorObject | undefined;
}

/** What the statements below read, as SQLite gives it (the tables are STRICT). */
interface Columns {
  id: string;
  workflow: WorkflowName;
  name: string;
  payload: string;
  status: ExecutionStatus;
  result: string | null;
  error: string | null;
  started_at: number;
  ended_at: number | null;
  failures: number;
  token: string | null;
  execution: string;
  body: string;
  due_at: number | null;
  news: number | null;
  something: number | null;
  at: number | null;
}
type ExecutionColumn =
  | "id"
  | "workflow"
  | "name"
  | "payload"
  | "status"
  | "result"
  | "error"
  | "started_at"
  | "ended_at";
type OperationColumn = "body" | "due_at";

export type Store = ReturnType<typeof createStore>;

/** The engine's tables: every statement in one place, no rule of the engine in any of them. */
export function createStore(db: DatabaseSync) {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const prepare = (sql: string) => {
    const statement = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const run = (sql: string, ...values: SQLInputValue[]) => Number(prepare(sql).run(...values).changes);
  const get = <C extends keyof Columns>(sql: string, ...values: SQLInputValue[]) =>
    prepare(sql).get(...values) as Pick<Columns, C> | undefined;
  const all = <C extends keyof Columns>(sql: string, ...values: SQLInputValue[]) =>
    prepare(sql).all(...values) as Pick<Columns, C>[];

  return {
    transaction: <T>(work: () => T): T => inTransaction(db, work),

    // ── executions ───────────────────────────────────────────────────────────────────────────

    /** @returns false when there is one of that id already */
    addExecution(execution: Execution, deadline: number | undefined): boolean {
      const { id, workflow, name, payload, status, startedAt } = execution;
      return (
        run(
          `INSERT INTO executions (id, workflow, name, payload, status, started_at, deadline, runnable_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
          id,
          workflow,
          name,
          payload,
          status,
          startedAt,
          deadline ?? null,
          startedAt,
        ) === 1
      );
    },

    execution(id: string): Execution | undefined {
      const row = get<ExecutionColumn>("SELECT * FROM executions WHERE id = ?", id);
      return row && toExecution(row);
    },

    /** Ends an execution that runs, with everything it waited for. @returns false when it had ended already */
    end(id: string, { status, result, error }: End, now: number, untold: boolean): boolean {
      const ended = run(
        `UPDATE executions SET status = ?, result = ?, error = ?, ended_at = ?, untold = ?, token = NULL, runnable_at = NULL
         WHERE id = ? AND status = 'RUNNING'`,
        status,
        result ?? null,
        error === undefined ? null : JSON.stringify(error),
        now,
        untold ? 1 : 0,
        id,
      );
      if (ended === 1) run("UPDATE operations SET due_at = NULL, callback = NULL WHERE execution = ?", id);
      return ended === 1;
    },

    untold: (): Execution[] =>
      all<ExecutionColumn>("SELECT * FROM executions WHERE untold = 1 ORDER BY ended_at").map(toExecution),
    markTold: (id: string) => run("UPDATE executions SET untold = 0 WHERE id = ?", id),
    removeEndedBefore: (time: number) => run("DELETE FROM executions WHERE ended_at < ? AND untold = 0", time),

    // ── who runs next, and who may write ─────────────────────────────────────────────────────

    /** Oldest first; those that run now are among them. */
    runnable: (workflow: WorkflowName, now: number, limit: number): string[] =>
      all<"id">(
        "SELECT id FROM executions WHERE workflow = ? AND runnable_at <= ? ORDER BY runnable_at, rowid LIMIT ?",
        workflow,
        now,
        limit,
      ).map(({ id }) => id),
    setRunnable: (id: string, at: number | undefined) =>
      run("UPDATE executions SET runnable_at = ? WHERE id = ? AND status = 'RUNNING'", at ?? null, id),
    failures: (id: string): number =>
      get<"failures">("SELECT failures FROM executions WHERE id = ?", id)?.failures ?? 0,
    setFailures: (id: string, failures: number) => run("UPDATE executions SET failures = ? WHERE id = ?", failures, id),
    /** Of an execution that runs. */
    token: (id: string): string | undefined =>
      get<"token">("SELECT token FROM executions WHERE id = ? AND status = 'RUNNING'", id)?.token ?? undefined,
    setToken: (id: string, token: string) => run("UPDATE executions SET token = ? WHERE id = ?", token, id),

    /** Forgets what an execution did, so that it begins anew. */
    forget: (id: string) => run("DELETE FROM operations WHERE execution = ?", id),

    // ── operations ───────────────────────────────────────────────────────────────────────────

    /** In the order in which they began. */
    operations: (execution: string): WireOperation[] =>
      all<"body">("SELECT body FROM operations WHERE execution = ? ORDER BY position", execution).map(
        ({ body }) => JSON.parse(body) as WireOperation,
      ),

    operation(execution: string, id: string): StoredOperation | undefined {
      const row = get<OperationColumn>(
        "SELECT body, due_at FROM operations WHERE execution = ? AND id = ?",
        execution,
        id,
      );
      return row && toOperation(row);
    },

    /** @param fresh whether the handler does not know of this yet */
    putOperation(execution: string, { operation, dueAt }: StoredOperation, fresh: boolean): void {
      const open = operation.Status === "STARTED" ? operation.CallbackDetails?.CallbackId : undefined;
      run(
        `INSERT INTO operations (execution, id, position, body, due_at, callback, fresh)
         VALUES (?1, ?2, (SELECT count(*) FROM operations WHERE execution = ?1), ?3, ?4, ?5, ?6)
         ON CONFLICT (execution, id) DO UPDATE SET body = ?3, due_at = ?4, callback = ?5, fresh = ?6`,
        execution,
        operation.Id,
        JSON.stringify(operation),
        dueAt ?? null,
        open ?? null,
        fresh ? 1 : 0,
      );
    },

    /** What changed from outside since this was asked last. */
    takeFresh(execution: string): WireOperation[] {
      const fresh = all<"body">(
        "SELECT body FROM operations WHERE execution = ? AND fresh = 1 ORDER BY position",
        execution,
      );
      if (fresh.length > 0) run("UPDATE operations SET fresh = 0 WHERE execution = ? AND fresh = 1", execution);
      return fresh.map(({ body }) => JSON.parse(body) as WireOperation);
    },

    /** Whether anything may still wake an execution, and whether something has already. */
    expects(execution: string): "news" | "something" | "nothing" {
      const row = get<"news" | "something">(
        `SELECT max(fresh) AS news, max(due_at IS NOT NULL OR callback IS NOT NULL) AS something
         FROM operations WHERE execution = ?`,
        execution,
      );
      return row?.news === 1 ? "news" : row?.something === 1 ? "something" : "nothing";
    },

    callback(token: string): { execution: string; stored: StoredOperation } | undefined {
      const row = get<"execution" | OperationColumn>(
        "SELECT execution, body, due_at FROM operations WHERE callback = ?",
        token,
      );
      return row && { execution: row.execution, stored: toOperation(row) };
    },

    // ── time ─────────────────────────────────────────────────────────────────────────────────

    due: (now: number): { execution: string; stored: StoredOperation }[] =>
      all<"execution" | OperationColumn>(
        "SELECT execution, body, due_at FROM operations WHERE due_at <= ? ORDER BY due_at",
        now,
      ).map((row) => ({
        execution: row.execution,
        stored: toOperation(row),
      })),
    overdue: (now: number): string[] =>
      all<"id">("SELECT id FROM executions WHERE ended_at IS NULL AND deadline <= ?", now).map(({ id }) => id),
    /** The next moment after `now` at which time itself changes something. */
    nextMoment: (now: number): number | undefined =>
      get<"at">(
        `SELECT min(at) AS at FROM (
           SELECT min(due_at) AS at FROM operations WHERE due_at IS NOT NULL
           UNION ALL SELECT min(deadline) FROM executions WHERE ended_at IS NULL
           UNION ALL SELECT min(runnable_at) FROM executions WHERE runnable_at > ?)`,
        now,
      )?.at ?? undefined,
  };
}

function toExecution(row: Pick<Columns, ExecutionColumn>): Execution {
  const { id, workflow, name, payload, status, result, error, started_at: startedAt, ended_at: endedAt } = row;
  return {
    id,
    workflow,
    name,
    payload,
    status,
    startedAt,
    ...(result === null ? {} : { result }),
    ...(error === null ? {} : { error: JSON.parse(error) as ErrorObject }),
    ...(endedAt === null ? {} : { endedAt }),
  };
}

function toOperation({ body, due_at: dueAt }: Pick<Columns, OperationColumn>): StoredOperation {
  const operation = JSON.parse(body) as StoredOperation["operation"];
  return dueAt === null ? { operation } : { operation, dueAt };
}
