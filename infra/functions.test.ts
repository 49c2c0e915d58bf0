import { DELIVERY_PAUSES } from "@infill/core";
import { expect, inject, test } from "vitest";
import { allOf, functionNamed, functionNames } from "./offline/graph.ts";

const graph = inject("production");
const HOUR = 3600;
const DAY = 24 * HOUR;
/** The longest life a caller may give a job, seconds. */
const LONGEST_DEADLINE = 6 * HOUR;

/** Seconds and MB. */
const sizes: Record<string, { timeout: number; memorySize: number }> = {
  Api: { timeout: 29, memorySize: 1024 },
  Compat: { timeout: 900, memorySize: 1024 },
  Webhook: { timeout: 10, memorySize: 512 },
  InpaintHandler: { timeout: 900, memorySize: 2048 },
  NotifyHandler: { timeout: 60, memorySize: 512 },
  Relay: { timeout: 30, memorySize: 512 },
  Expire: { timeout: 30, memorySize: 512 },
};

test.each(Object.entries(sizes))("%s has its time-out and memory, on Node 24", (name, size) => {
  expect(functionNamed(graph, name).inputs).toMatchObject({
    ...size,
    runtime: "nodejs24.x",
    loggingConfig: { logFormat: "JSON" },
  });
});

test("functions run on arm64, or where the operator says", () => {
  const architectures = (stage: typeof graph) =>
    new Set(functionNames(stage).flatMap((name) => functionNamed(stage, name).inputs.architectures));
  expect([...architectures(inject("personal"))]).toEqual(["arm64"]);
  expect([...architectures(graph)]).toEqual(["x86_64"]);
});

test("the function that decodes pictures gives back what each thread frees", () => {
  const { variables } = functionNamed(graph, "InpaintHandler").inputs.environment;
  expect(variables).toMatchObject({ MALLOC_ARENA_MAX: "2" });
});

test("these are all the functions there are", () => {
  expect(functionNames(graph).sort()).toEqual(Object.keys(sizes).sort());
});

test("an execution outlives its job, and its version stays", () => {
  const { durableConfig, publish } = functionNamed(graph, "InpaintHandler").inputs;
  expect(publish).toBe(true);
  expect(durableConfig).toEqual({ executionTimeout: 7 * HOUR, retentionPeriod: 7 });
  expect(durableConfig.executionTimeout).toBeGreaterThan(LONGEST_DEADLINE);
});

test("a delivery outlives its pauses, each stretched to a day by the receiver", () => {
  const { durableConfig, publish } = functionNamed(graph, "NotifyHandler").inputs;
  expect(publish).toBe(true);
  expect(durableConfig).toEqual({ executionTimeout: 14 * DAY, retentionPeriod: 14 });
  expect(durableConfig.executionTimeout).toBeGreaterThan(DELIVERY_PAUSES.length * DAY);
});

test("nothing is reserved for a function, but for deliveries where the operator limits them", () => {
  const reserved = (stage: typeof graph) =>
    functionNames(stage).flatMap((name) => {
      const { reservedConcurrentExecutions: most } = functionNamed(stage, name).inputs;
      return most === undefined ? [] : [[name, most]];
    });
  expect(reserved(graph)).toEqual([]);
  expect(reserved(inject("personal"))).toEqual([["NotifyHandler", 20]]);
});

test("callers start the version they were deployed with", () => {
  for (const name of ["Api", "Compat", "Webhook", "Relay"]) {
    const { variables } = functionNamed(graph, name).inputs.environment;
    expect(variables.INPAINT_FUNCTION).toBe(`${functionNamed(graph, "InpaintHandler").inputs.name}:1`);
  }
});

test("logs are kept for a month", () => {
  for (const { inputs } of allOf(graph, "aws:cloudwatch/logGroup:LogGroup")) expect(inputs.retentionInDays).toBe(30);
});
