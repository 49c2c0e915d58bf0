import { DEADLINE_SECONDS, HOLD_SECONDS } from "@infill/functions/compat";
import { expect, inject, test } from "vitest";
import { allOf, find, functionNamed } from "./offline/graph.ts";

const graph = inject("production");

test("the drop-in entry has a URL that streams, at which the app and nobody else checks who asks", () => {
  const [url, ...others] = allOf(graph, "aws:lambda/functionUrl:FunctionUrl");
  expect(others).toEqual([]);
  expect(url?.inputs).toMatchObject({
    functionName: functionNamed(graph, "Compat").inputs.name,
    authorizationType: "NONE",
    invokeMode: "RESPONSE_STREAM",
  });
  expect(url?.inputs.cors).toBeUndefined();
});

test("anybody may call the drop-in entry, by its URL alone, and no other function", () => {
  const forAnybody = allOf(graph, "aws:lambda/permission:Permission").filter(({ inputs }) => inputs.principal === "*");
  const { name } = functionNamed(graph, "Compat").inputs;
  expect(forAnybody.map(({ inputs }) => inputs)).toEqual([
    expect.objectContaining({ action: "lambda:InvokeFunctionUrl", function: name, functionUrlAuthType: "NONE" }),
    expect.objectContaining({ action: "lambda:InvokeFunction", function: name, invokedViaFunctionUrl: true }),
  ]);
});

test("an answer is held for less than the function lives, and a job ends while its caller waits", () => {
  const { timeout } = functionNamed(graph, "Compat").inputs;
  expect(HOLD_SECONDS).toBeLessThanOrEqual(timeout - 30);
  expect(DEADLINE_SECONDS).toBeLessThanOrEqual(HOLD_SECONDS - 30);
});

test("a deploy ends by saying what an OpenAI client is given as its base URL", () => {
  expect(graph.outputs["openai"]).toMatch(/^https:\/\/[^/]+\/v1$/);
  expect(find(graph, "aws:lambda/functionUrl:FunctionUrl", "CompatUrl")).toBeDefined();
});
