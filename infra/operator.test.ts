import type { DeployedStage } from "@infill/aws/deployed-stage";
import { expect, inject, test } from "vitest";
import { find, functionNamed } from "./offline/graph.ts";

const graph = inject("production");

test("an operator finds a stage's parts under one name, and no secret with them", () => {
  const { name, type, value } = find(graph, "aws:ssm/parameter:Parameter", "Operator").inputs;
  const versionOf = (workflow: string) => `${functionNamed(graph, `${workflow}Handler`).inputs.name}:1`;
  expect({ name, type }).toEqual({ name: "/infill/production/operator", type: "String" });
  expect(JSON.parse(value)).toEqual({
    url: expect.stringMatching(/^https:.*amazonaws\.com$/),
    table: find(graph, "aws:dynamodb/table:Table", "RecordsTable").inputs.name,
    functions: { inpaint: versionOf("Inpaint"), notify: versionOf("Notify") },
    lostQueue: expect.stringMatching(
      /^https:\/\/sqs\.us-east-1\.amazonaws\.com\/123456789012\/infill-production-LostQueue/,
    ),
    providerKeys: "/infill/production/providers/",
    recordDays: 30,
  } satisfies DeployedStage);
});
