import { randomUUID } from "node:crypto";
import {
  type DurableExecutionClient,
  DurableExecutionClientError,
  type DurableExecutionInvocationOutput,
  type DurableLambdaHandler,
  type ErrorObject,
  type OperationUpdate,
} from "@aws/durable-execution-sdk-js";
import { InfillError, type WorkflowName } from "@infill/core";
import { checkpoint, executionState, firstToken, invocationOf, pageOf } from "./checkpoint.ts";
import { type Invocation, invoke } from "./invocation.ts";
import { checkExecutionName, checkPayload, MAX_SECONDS } from "./limits.ts";
import type { LocalEngine, LocalEngineOptions } from "./local-engine.ts";
import { afterCompletion, afterItsTime } from "./operation.ts";
import { staleToken } from "./refusal.ts";
import { openDatabase } from "./schema.ts";
import { createStore, type End, type Execution } from "./store.ts";
import { createTeller } from "./teller.ts";

const DAY = 86_400_000;
/** Pause after an invocation that broke, ms: doubled each time in a row, up to the second number. */
const RETRY_INVOCATION = [1000, 60_000] as const;

export type { HistoryEntry, LocalEngine, LocalEngineOptions } from "./local-engine.ts";
export type { Execution, ExecutionStatus } from "./store.ts";

/**
 * Durable executions on SQLite, for one process: what Lambda's durable functions do for the
 * deployed product. Open one engine a database; an older one that notices a newer lays down its work.
 */
export function createLocalEngine(options: LocalEngineOptions): LocalEngine {
  const { clock, log, ids, onEnded } = options;
  const concurrency = options.concurrency ?? 4;
  const invocationTimeout = (options.invocationTimeoutSeconds ?? 900) * 1000;
  const retention = (options.retentionDays ?? 14) * DAY;
  const db = openDatabase(options.database);
  const store = createStore(db);

  const running = new Map<string, Invocation & { workflow: WorkflowName }>();
  const teller = onEnded && createTeller({ store, clock, log, tell: onEnded, changed: () => pump() });
  const begunAnew = new Set<string>();
  let waiting: (() => void)[] = [];
  let cancelTimer = (): void => {};
  /** `queueing` before `resume`; `closing` writes down what still comes in; `closed` touches nothing. */
  let state: "queueing" | "working" | "closing" | "closed" = "queueing";

  const client: DurableExecutionClient = {
    getExecutionState: async (request) => executionState(store, request),
    async checkpoint(request) {
      if (state === "closed" || !holdsExecution(request.DurableExecutionArn, request.CheckpointToken))
        throw staleToken();
      const closing = state === "closing";
      const updates = closing ? withoutNewSteps(request.Updates ?? []) : request.Updates;
      const response = checkpoint(store, { ...request, Updates: updates }, clock.now(), () => ids.secret());
      if (closing) throw new DurableExecutionClientError("The engine is closing");
      arm();
      return response;
    },
  };
  const handlers: Record<WorkflowName, DurableLambdaHandler> = {
    inpaint: options.handlers.inpaint(client),
    notify: options.handlers.notify(client),
  };
  const workflows = Object.keys(handlers) as WorkflowName[];

  /** Whether a token is of the invocation that this engine runs now. */
  function holdsExecution(id: string | undefined, token: string | undefined): boolean {
    return id !== undefined && running.get(id)?.id === invocationOf(token);
  }

  // ── the loop ───────────────────────────────────────────────────────────────────────────────

  /** Does everything that can be done now, and sets the alarm for what cannot. Called after every change. */
  function pump(): void {
    if (state === "working") {
      try {
        passTime();
        for (const workflow of workflows) beginWhatFits(workflow);
        teller?.tellAll();
        arm();
      } catch (error) {
        log.error("the engine could not read or write its database", { error: String(error) });
        cancelTimer();
        cancelTimer = clock.after(RETRY_INVOCATION[0], pump);
        return;
      }
    }
    if (!isIdle()) return;
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  }

  function beginWhatFits(workflow: WorkflowName): void {
    const atWork = [...running.values()].filter((each) => each.workflow === workflow).length;
    const next = store.runnable(workflow, clock.now(), 2 * concurrency).filter((id) => !running.has(id));
    for (const id of next.slice(0, concurrency - atWork)) void follow(id, begin(id, workflow));
  }

  function idle(): Promise<void> {
    return new Promise((resolve) => {
      waiting.push(resolve);
      pump();
    });
  }

  function isIdle(): boolean {
    if (running.size > 0 || teller?.busy()) return false;
    return state !== "working" || workflows.every((each) => store.runnable(each, clock.now(), 1).length === 0);
  }

  function arm(): void {
    cancelTimer();
    if (state !== "working") return;
    const now = clock.now();
    const next = store.nextMoment(now);
    cancelTimer = next === undefined ? () => {} : clock.after(Math.max(0, next - now), pump);
  }

  /** Ends what has timed out; wakes whoever waited for this moment. */
  function passTime(): void {
    const now = clock.now();
    store.transaction(() => {
      for (const id of store.overdue(now)) end(id, { status: "TIMED_OUT" });
      for (const { execution, stored } of store.due(now)) {
        store.putOperation(execution, afterItsTime(stored, now), true);
        store.setRunnable(execution, now);
      }
    });
  }

  // ── one invocation ─────────────────────────────────────────────────────────────────────────

  function begin(id: string, workflow: WorkflowName): Invocation {
    const invocationId = randomUUID();
    const CheckpointToken = firstToken(invocationId);
    const input = store.transaction(() => {
      store.setToken(id, CheckpointToken);
      const UpdatedOperationIds = store.takeFresh(id).flatMap(({ Id }) => Id ?? []);
      const InitialExecutionState = pageOf(store, id);
      return { DurableExecutionArn: id, CheckpointToken, UpdatedOperationIds, InitialExecutionState };
    });
    const invocation = invoke(handlers[workflow], invocationId, input, clock, invocationTimeout);
    running.set(id, { ...invocation, workflow });
    return invocation;
  }

  async function follow(id: string, invocation: Invocation): Promise<void> {
    const settle = await invocation.outcome.then(
      (outcome) =>
        outcome === "abandoned"
          ? () => broke(id, invocation.id, `no end after ${invocationTimeout} ms`)
          : () => conclude(id, invocation.id, outcome),
      (error) => () => broke(id, invocation.id, String(error)),
    );
    try {
      settle();
    } catch (error) {
      // The execution is still runnable, so nothing is lost.
      log.error("the end of an invocation could not be written", { execution: id, error: String(error) });
    } finally {
      running.delete(id);
      pump();
    }
  }

  /** What a handler that came to an end means for its execution. */
  function conclude(id: string, invocation: string, outcome: DurableExecutionInvocationOutput): void {
    store.transaction(() => {
      if (!stillOurs(id, invocation)) return;
      if (outcome.Status === "FAILED" && fitsNoMore(outcome.Error) && !begunAnew.has(id)) beginAnew(id);
      else if (outcome.Status === "SUCCEEDED") end(id, { status: "SUCCEEDED", result: outcome.Result });
      else if (outcome.Status === "FAILED") end(id, { status: "FAILED", error: outcome.Error });
      else suspend(id);
    });
  }

  /**
   * A history that the handler's code does not fit: it is of an earlier build, whose steps were others.
   * Lambda keeps that build for it, as a version; here there is only the one that runs. The workflow's
   * memory is its records, so a run from the top goes on from there. Once a process: a handler whose
   * steps differ from run to run would never end.
   */
  function beginAnew(id: string): void {
    begunAnew.add(id);
    log.warn("a workflow begins anew: its steps are not those of this build any more", { execution: id });
    store.forget(id);
    store.setFailures(id, 0);
    store.setRunnable(id, clock.now());
  }

  function suspend(id: string): void {
    const expected = store.expects(id);
    store.setFailures(id, 0);
    if (expected === "news") store.setRunnable(id, clock.now());
    else if (expected === "something") store.setRunnable(id, undefined);
    else {
      const ErrorMessage = "Cannot return PENDING status with no pending operations.";
      end(id, { status: "FAILED", error: { ErrorType: "InvalidParameterValueException", ErrorMessage } });
    }
  }

  /** An invocation that ended without an answer is made again after a while, as Lambda does. */
  function broke(id: string, invocation: string, reason: string): void {
    if (state === "closing" || state === "closed") return;
    store.transaction(() => {
      if (!stillOurs(id, invocation)) return;
      const failures = store.failures(id);
      const pause = Math.min(RETRY_INVOCATION[0] * 2 ** failures, RETRY_INVOCATION[1]);
      log.warn("a workflow's invocation broke and will be made again", { execution: id, reason, pauseMs: pause });
      store.setFailures(id, failures + 1);
      store.setRunnable(id, clock.now() + pause);
    });
  }

  /** Whether an execution still waits for this very invocation. */
  function stillOurs(id: string, invocation: string): boolean {
    const token = store.token(id);
    if (token === undefined) return false;
    if (invocationOf(token) === invocation) return true;
    // Only an engine writes tokens, and this one runs one invocation an execution at a time.
    log.error("another engine has taken over this database; this one stops", { execution: id });
    state = "closing";
    cancelTimer();
    return false;
  }

  // ── ends ───────────────────────────────────────────────────────────────────────────────────

  function end(id: string, how: End): boolean {
    const now = clock.now();
    const untold = onEnded !== undefined && how.status !== "SUCCEEDED";
    if (!store.end(id, how, now, untold)) return false;
    store.removeEndedBefore(now - retention);
    running.get(id)?.abandon();
    log.info("a workflow ended", { execution: id, status: how.status });
    return true;
  }

  // ── from outside ───────────────────────────────────────────────────────────────────────────

  function refuseClosed(): void {
    if (state === "closing" || state === "closed") throw new Error("The local engine is closed");
  }

  return {
    async start(workflow, name, payload) {
      refuseClosed();
      checkExecutionName(name);
      const text = JSON.stringify(payload, Object.keys(payload).sort());
      checkPayload(`The payload of ${workflow} ${name}`, text);
      const id = idOf(workflow, name);
      const startedAt = clock.now();
      const deadline = startedAt + (options.executionTimeoutSeconds ?? MAX_SECONDS) * 1000;
      const execution: Execution = { id, workflow, name, payload: text, status: "RUNNING", startedAt };
      if (!store.addExecution(execution, deadline) && store.execution(id)?.payload !== text)
        throw new InfillError("idempotency_mismatch", `${workflow} ${name} was already started with another payload`);
      pump();
    },

    async complete(token) {
      refuseClosed();
      const now = clock.now();
      passTime();
      const completed = store.transaction(() => {
        const found = store.callback(token);
        if (found === undefined) return false;
        store.putOperation(found.execution, afterCompletion(found.stored, now), true);
        store.setRunnable(found.execution, now);
        return true;
      });
      pump();
      return completed;
    },

    resume() {
      refuseClosed();
      state = "working";
      store.removeEndedBefore(clock.now() - retention);
      pump();
    },

    async stop(executionId) {
      refuseClosed();
      const stopped = store.transaction(() => end(executionId, { status: "STOPPED" }));
      pump();
      return stopped;
    },

    async close({ graceMs = 5000 } = {}) {
      if (state === "closed") return;
      state = "closing";
      cancelTimer();
      const cancelGrace = clock.after(graceMs, () => {
        for (const invocation of running.values()) invocation.abandon();
        teller?.stop();
        pump();
      });
      await idle();
      cancelGrace();
      teller?.stop();
      state = "closed";
      if (typeof options.database === "string") db.close();
    },

    idle,

    execution: (workflow, name) => store.execution(idOf(workflow, name)),

    history: (workflow, name) =>
      store.operations(idOf(workflow, name)).map(({ Type, Name, SubType, Status }) => ({
        type: String(Type),
        ...(Name === undefined ? {} : { name: Name }),
        ...(SubType === undefined ? {} : { subType: SubType }),
        status: String(Status),
      })),
  };
}

/** The SDK's word for a replay that meets other operations than were recorded. */
const fitsNoMore = (error: ErrorObject | undefined): boolean => error?.ErrorType === "NonDeterministicExecutionError";

function idOf(workflow: WorkflowName, name: string): string {
  return `${workflow}/${name}`;
}

/**
 * Leaves out the steps that a checkpoint only begins. A step that must run once and was begun
 * counts as interrupted for ever, so none may be begun by an engine that is about to go.
 */
function withoutNewSteps(updates: readonly OperationUpdate[]): OperationUpdate[] {
  const finished = new Set(updates.flatMap(({ Id, Action }) => (Action === "START" ? [] : [Id])));
  return updates.filter(({ Id, Type, Action }) => Type !== "STEP" || Action !== "START" || finished.has(Id));
}
