import type {
  CheckpointDurableExecutionRequest,
  CheckpointDurableExecutionResponse,
  GetDurableExecutionStateRequest,
  GetDurableExecutionStateResponse,
  OperationUpdate,
  WireOperation,
} from "@aws/durable-execution-sdk-js";
import { checkUpdate } from "./limits.ts";
import { applyUpdate, replayable } from "./operation.ts";
import { InvalidParameterValueException, staleToken } from "./refusal.ts";
import type { Store } from "./store.ts";

/** Operations in one page of state, at most and unless asked for fewer (API reference, `GetDurableExecutionState`). */
const PAGE = 1000;

/**
 * One checkpoint, in one transaction: every update of it and the new token, or nothing. The answer
 * also tells what changed from outside, which is how a handler that still runs learns of a callback.
 *
 * Only the holder of the latest token may write, so that of two invocations of one execution at most
 * one ever does.
 * @param now ms since the epoch
 * @throws InvalidParameterValueException as Lambda does, for a stale token or updates that do not fit
 */
export function checkpoint(
  store: Store,
  { DurableExecutionArn: execution, CheckpointToken: token, Updates: updates = [] }: CheckpointDurableExecutionRequest,
  now: number,
  newToken: () => string,
): CheckpointDurableExecutionResponse {
  return store.transaction(() => {
    const id = held(store, execution, token);
    refuseTwice(updates);
    for (const update of updates) {
      checkUpdate(update);
      checkParent(store, id, update);
      const before = update.Id === undefined ? undefined : store.operation(id, update.Id);
      store.putOperation(id, applyUpdate(before, update, now, newToken), true);
    }
    const next = nextToken(token ?? "");
    store.setToken(id, next);
    return { CheckpointToken: next, NewExecutionState: { Operations: store.takeFresh(id) } };
  });
}

/** One page of an execution's state, from `Marker` (the first operation not told yet) on. */
export function executionState(
  store: Store,
  request: GetDurableExecutionStateRequest,
): GetDurableExecutionStateResponse {
  const id = held(store, request.DurableExecutionArn, request.CheckpointToken);
  return pageOf(store, id, Number(request.Marker ?? 0), Math.min(request.MaxItems || PAGE, PAGE));
}

/** `[start, start + size)` of what a replay is told; the execution itself comes first. */
export function pageOf(store: Store, id: string, start = 0, size = PAGE) {
  const operations = [executionOperation(store, id), ...replayable(store.operations(id))];
  const end = start + size;
  return {
    Operations: operations.slice(start, end),
    ...(end < operations.length ? { NextMarker: String(end) } : {}),
  };
}

/** `{invocation}:{number}`: an invocation can be told from its token. */
export function firstToken(invocation: string): string {
  return `${invocation}:0`;
}

export function invocationOf(token: string | undefined): string | undefined {
  return token?.split(":")[0];
}

function nextToken(token: string): string {
  const [invocation, count] = token.split(":");
  return `${invocation}:${Number(count) + 1}`;
}

function held(store: Store, execution: string | undefined, token: string | undefined): string {
  if (execution === undefined || token === undefined || store.token(execution) !== token) throw staleToken();
  return execution;
}

function executionOperation(store: Store, id: string): WireOperation {
  const execution = store.execution(id);
  return {
    Id: "execution",
    Type: "EXECUTION",
    Status: "STARTED",
    StartTimestamp: new Date(execution?.startedAt ?? 0).toISOString(),
    ExecutionDetails: { InputPayload: execution?.payload },
  };
}

/** In one request an operation may be opened and closed, and nothing else twice. */
function refuseTwice(updates: readonly OperationUpdate[]): void {
  const last = new Map<string | undefined, OperationUpdate>();
  for (const update of updates) {
    const earlier = last.get(update.Id);
    if (earlier && (earlier.Action !== "START" || update.Action === "START"))
      throw new InvalidParameterValueException("Cannot update the same operation twice in a single request.");
    last.set(update.Id, update);
  }
}

function checkParent(store: Store, execution: string, { ParentId }: OperationUpdate): void {
  if (ParentId === undefined || store.operation(execution, ParentId)?.operation.Type === "CONTEXT") return;
  throw new InvalidParameterValueException("Invalid parent operation id.");
}
