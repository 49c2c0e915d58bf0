import { expect, inject, test } from "vitest";
import { sstSecretName } from "../functions/lambda/secret-names.ts";
import { allOf, find, functionNamed } from "./offline/graph.ts";

const graph = inject("production");
const personal = inject("personal");

test("the api only hears which providers have a key, and no function has one in its environment", () => {
  const { variables } = functionNamed(graph, "Api").inputs.environment;
  expect(variables.PROVIDERS).toBe("modelslab");
  const functions = JSON.stringify(allOf(graph, "aws:lambda/function:Function"));
  expect(functions).not.toContain("a-key-that-nobody-has");
});

test("a provider without a key is no failed deployment, and one that needs none is turned on by a setting", () => {
  expect(functionNamed(personal, "Api").inputs.environment.variables.PROVIDERS).toBe("bedrock");
  expect(functionNamed(personal, "InpaintHandler").inputs.environment.variables.INFILL_BEDROCK).toBe("us-west-2");
  expect(functionNamed(graph, "InpaintHandler").inputs.environment.variables).not.toHaveProperty("INFILL_BEDROCK");
  expect(find(personal, "aws:ssm/parameter:Parameter", "ModelslabApiKeyParameter").inputs).toMatchObject({
    type: "SecureString",
    name: "/infill/ada/providers/modelslab",
    value: "unset",
  });
});

test("a secret's name has letters and digits only", () => {
  expect(sstSecretName("MODELSLAB_API_KEY")).toBe("ModelslabApiKey");
  expect(sstSecretName("ONEMIN_AI_KEY2")).toBe("OneminAiKey2");
});

test("a rotated key of links stands beside the one before, which opens what is out", () => {
  const keys = (stage: typeof graph) =>
    allOf(stage, "random:index/randomPassword:RandomPassword").map(({ name, inputs }) => [name, inputs.length]);
  expect(keys(graph)).toEqual([["LinkKey1", 43]]);
  expect(keys(personal)).toEqual([
    ["LinkKey1", 43],
    ["LinkKey2", 43],
  ]);
});
