import type {
  OperationAction,
  OperationStatus,
  OperationType,
  OperationUpdate,
  WireOperation,
} from "@aws/durable-execution-sdk-js";
import { InvalidParameterValueException } from "./refusal.ts";

/** One entry of an execution's history, with what wakes it from outside. */
export interface StoredOperation {
  operation: WireOperation & { Id: string; Type: OperationType; Status: OperationStatus };
  /** When time itself changes it (a wait ends, a retry falls due, a callback times out), ms since the epoch. */
  dueAt?: number;
}

interface Transition {
  from: readonly (OperationStatus | "absent")[];
  to: OperationStatus;
}

const opening = { from: ["absent"], to: "STARTED" } satisfies Transition;
const cancelling = { from: ["STARTED"], to: "CANCELLED" } satisfies Transition;
// A step may be closed without having been started: both updates may come in either one batch or none.
const closable = ["absent", "STARTED", "READY"] as const;

/** What a handler may do to an operation. An action that is not here is refused. */
const transitions: Record<OperationType, Partial<Record<OperationAction, Transition>>> = {
  STEP: {
    START: { from: ["absent", "READY"], to: "STARTED" },
    SUCCEED: { from: closable, to: "SUCCEEDED" },
    FAIL: { from: closable, to: "FAILED" },
    RETRY: { from: closable, to: "PENDING" },
  },
  CONTEXT: {
    START: opening,
    SUCCEED: { from: ["absent", "STARTED"], to: "SUCCEEDED" },
    FAIL: { from: ["absent", "STARTED"], to: "FAILED" },
  },
  WAIT: { START: opening, CANCEL: cancelling },
  CALLBACK: { START: opening, CANCEL: cancelling },
  // An execution ends by what its handler returns, and starts no other function.
  EXECUTION: {},
  CHAINED_INVOKE: {},
};

/**
 * The operation as it is after an update.
 * @param before undefined when the update begins it
 * @param now ms since the epoch
 * @param newToken makes the token of a new callback
 * @throws InvalidParameterValueException when the update does not fit the operation's state
 */
export function applyUpdate(
  before: StoredOperation | undefined,
  update: OperationUpdate,
  now: number,
  newToken: () => string,
): StoredOperation {
  const { Id, Type, Action } = update;
  if (Id === undefined || Type === undefined || Action === undefined)
    throw new InvalidParameterValueException("An update needs an Id, a Type and an Action");
  const status = before?.operation.Status ?? "absent";
  const transition = transitions[Type]?.[Action];
  if (!transition?.from.includes(status))
    throw new InvalidParameterValueException(`Invalid update: ${Action} of a ${Type} that is ${status}`);
  if ((Action === "FAIL" && update.Payload != null) || (Action === "SUCCEED" && update.Error != null))
    throw new InvalidParameterValueException(`Invalid update: ${Action} with the payload or error of the other`);

  const after: StoredOperation = {
    operation: {
      ...(before?.operation ?? {
        Id,
        ParentId: update.ParentId,
        Name: update.Name,
        SubType: update.SubType,
        StartTimestamp: time(now),
      }),
      Id,
      Type,
      Status: transition.to,
    },
  };
  if (transition.to !== "STARTED" && transition.to !== "PENDING") after.operation.EndTimestamp = time(now);
  details[Type]?.(after, update, now, newToken);
  return after;
}

type Detail = (after: StoredOperation, update: OperationUpdate, now: number, newToken: () => string) => void;

/** What each type keeps beside its status. */
const details: Partial<Record<OperationType, Detail>> = {
  STEP(after, { Action, Payload, Error: error, StepOptions }, now) {
    const attempts = after.operation.StepDetails?.Attempt ?? 0;
    if (Action === "START") {
      // `Attempt` counts the attempts that are over: the SDK adds one for the attempt at hand.
      after.operation.StepDetails = { ...after.operation.StepDetails, Attempt: attempts };
      return;
    }
    after.operation.StepDetails = { Attempt: attempts + 1, Result: Payload, Error: error };
    if (Action !== "RETRY") return;
    if (StepOptions?.NextAttemptDelaySeconds === undefined)
      throw new InvalidParameterValueException("Invalid update: RETRY without a NextAttemptDelaySeconds");
    after.dueAt = now + StepOptions.NextAttemptDelaySeconds * 1000;
    after.operation.StepDetails.NextAttemptTimestamp = time(after.dueAt);
  },

  CONTEXT(after, { Action, Payload, Error: error, ContextOptions }) {
    const { ReplayChildren } = { ...after.operation.ContextDetails, ...ContextOptions };
    after.operation.ContextDetails = {
      ReplayChildren,
      ...(Action === "START" ? {} : { Result: Payload, Error: error }),
    };
  },

  WAIT(after, { Action, WaitOptions }, now) {
    if (Action !== "START") return;
    if (WaitOptions?.WaitSeconds === undefined)
      throw new InvalidParameterValueException("Invalid update: a WAIT without WaitSeconds");
    after.dueAt = now + WaitOptions.WaitSeconds * 1000;
    after.operation.WaitDetails = { ScheduledEndTimestamp: time(after.dueAt) };
  },

  CALLBACK(after, { Action, CallbackOptions }, now, newToken) {
    if (Action !== "START") return;
    if (CallbackOptions?.HeartbeatTimeoutSeconds !== undefined)
      throw new InvalidParameterValueException(
        "The local engine knows no heartbeats: give the callback a time-out only",
      );
    if (CallbackOptions?.TimeoutSeconds !== undefined) after.dueAt = now + CallbackOptions.TimeoutSeconds * 1000;
    after.operation.CallbackDetails = { CallbackId: newToken() };
  },
};

/** The operation after its time has come: a wait is over, a retry may begin, a callback has timed out. */
export function afterItsTime({ operation }: StoredOperation, now: number): StoredOperation {
  if (operation.Type === "STEP") return { operation: { ...operation, Status: "READY" } };
  const ended = { ...operation, EndTimestamp: time(now) };
  if (operation.Type === "WAIT") return { operation: { ...ended, Status: "SUCCEEDED" } };
  const callback = { ...operation.CallbackDetails, Error: { ErrorMessage: "Callback timed out" } };
  return { operation: { ...ended, Status: "TIMED_OUT", CallbackDetails: callback } };
}

/** The callback after someone completed it. */
export function afterCompletion({ operation }: StoredOperation, now: number): StoredOperation {
  return { operation: { ...operation, Status: "SUCCEEDED", EndTimestamp: time(now) } };
}

/**
 * What a replay is told: everything but the children of contexts that are over, whose results
 * stand for them (unless the context asked to have them replayed).
 */
export function replayable(history: readonly WireOperation[]): WireOperation[] {
  const byId = new Map(history.map((operation) => [operation.Id, operation]));
  const hidden = new Set<string | undefined>();
  return history.filter(({ Id, ParentId }) => {
    const parent = ParentId === undefined ? undefined : byId.get(ParentId);
    const over = parent?.Status === "SUCCEEDED" || parent?.Status === "FAILED";
    if (!hidden.has(ParentId) && !(over && parent.ContextDetails?.ReplayChildren !== true)) return true;
    hidden.add(Id);
    return false;
  });
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
