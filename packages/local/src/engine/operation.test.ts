import type { OperationUpdate, WireOperation } from "@aws/durable-execution-sdk-js";
import { describe, expect, it } from "vitest";
import { checkUpdate } from "./limits.ts";
import { applyUpdate, replayable } from "./operation.ts";

const NOW = Date.UTC(2026, 0, 1);
const apply = (...updates: Partial<OperationUpdate>[]) => {
  let stored: ReturnType<typeof applyUpdate> | undefined;
  for (const update of updates)
    stored = applyUpdate(stored, { Id: "1", Type: "STEP", Action: "START", ...update }, NOW, () => "token");
  return stored;
};

describe("an update", () => {
  it("counts a step's attempts when they are over", () => {
    const retry = { Action: "RETRY", StepOptions: { NextAttemptDelaySeconds: 2 } } as const;
    expect(apply({})?.operation.StepDetails?.Attempt).toBe(0);
    expect(apply({}, retry)).toMatchObject({
      dueAt: NOW + 2000,
      operation: { Status: "PENDING", StepDetails: { Attempt: 1, NextAttemptTimestamp: "2026-01-01T00:00:02.000Z" } },
    });
  });

  it.each([
    ["begins a step that runs", [{}, {}], "START of a STEP that is STARTED"],
    [
      "begins a step before its time",
      [{ Action: "RETRY", StepOptions: { NextAttemptDelaySeconds: 1 } }, {}],
      "PENDING",
    ],
    ["closes a step twice", [{ Action: "SUCCEED" }, { Action: "FAIL" }], "FAIL of a STEP that is SUCCEEDED"],
    ["fails with a payload", [{ Action: "FAIL", Payload: "1" }], "FAIL with the payload"],
    ["completes its own callback", [{ Type: "CALLBACK", Action: "SUCCEED" }], "SUCCEED of a CALLBACK"],
    ["starts another function", [{ Type: "CHAINED_INVOKE" }], "START of a CHAINED_INVOKE"],
    ["asks for heartbeats", [{ Type: "CALLBACK", CallbackOptions: { HeartbeatTimeoutSeconds: 1 } }], "no heartbeats"],
    ["waits without saying how long", [{ Type: "WAIT" }], "without WaitSeconds"],
    ["retries without saying when", [{ Action: "RETRY" }], "without a NextAttemptDelaySeconds"],
  ] satisfies [string, Partial<OperationUpdate>[], string][])("is refused when it %s", (_, updates, message) => {
    expect(() => apply(...updates)).toThrow(message);
  });

  it.each([
    [{ WaitOptions: { WaitSeconds: 0 } }, "wait is 0 s; whole seconds from 1 to 31622400"],
    [{ CallbackOptions: { TimeoutSeconds: 1.5 } }, "time-out is 1.5 s"],
    [{ Error: { ErrorMessage: "x".repeat(32_768) } }, "at most 32768 are allowed"],
    [{ Name: "naïve" }, "printable ASCII"],
  ])("is refused with the numbers when it is out of bounds: %o", (update, message) => {
    expect(() => checkUpdate({ Id: "1", Type: "STEP", Action: "START", ...update })).toThrow(message);
  });
});

describe("a replay", () => {
  const context = (Id: string, ParentId: string | undefined, over: boolean, ReplayChildren?: boolean) =>
    ({
      Id,
      ParentId,
      Type: "CONTEXT",
      Status: over ? "SUCCEEDED" : "STARTED",
      StartTimestamp: undefined,
      ContextDetails: { ReplayChildren },
    }) satisfies WireOperation;

  it("is spared what happened in contexts that are over, unless they ask for it", () => {
    const history = [
      context("over", undefined, true),
      context("hidden", "over", true, true),
      context("hidden too", "hidden", true),
      context("replayed", undefined, true, true),
      context("shown", "replayed", true),
      context("open", undefined, false),
      context("shown too", "open", true),
    ];
    expect(replayable(history).map(({ Id }) => Id)).toEqual(["over", "replayed", "shown", "open", "shown too"]);
  });
});
