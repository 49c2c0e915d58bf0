import { expect, inject, test } from "vitest";
import { allOf, functionNamed, functionNames } from "./offline/graph.ts";

const production = inject("production");
const personal = inject("personal");

const told = (stage: typeof production) =>
  functionNames(stage).filter((name) => {
    const { variables } = functionNamed(stage, name).inputs.environment;
    return Object.keys(variables).some((variable) => variable.startsWith("INFILL_MODERATION"));
  });

test("the workflow alone asks, and signs with a secret that no tenant is given", () => {
  expect(told(personal)).toEqual(["InpaintHandler"]);
  expect(functionNamed(personal, "InpaintHandler").inputs.environment.variables).toMatchObject({
    INFILL_MODERATION_URL: "https://moderation.example.com/edits",
    INFILL_MODERATION_ON_FAILURE: "refuse",
  });
  const keys = allOf(personal, "random:index/randomBytes:RandomBytes").map(({ name, inputs }) => [name, inputs.length]);
  expect(keys).toContainEqual(["ModerationSigningKey", 32]);
  expect(keys).toContainEqual(["WebhookSigningKey", 32]);
});

test("where no moderation endpoint is named, there is neither a question nor a secret", () => {
  expect(told(production)).toEqual([]);
  const keys = allOf(production, "random:index/randomBytes:RandomBytes").map(({ name }) => name);
  expect(keys).not.toContain("ModerationSigningKey");
});
