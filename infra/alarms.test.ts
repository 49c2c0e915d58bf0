import { expect, inject, test } from "vitest";
import { allOf, find, functionNamed } from "./offline/graph.ts";

const graph = inject("production");
const ofFunction = (name: string) => ({ FunctionName: functionNamed(graph, name).inputs.name });

test.each([
  ["LostMessages", "ApproximateNumberOfMessagesVisible", {}],
  ["RelayBehind", "IteratorAge", { dimensions: ofFunction("Relay") }],
  ["InpaintFailed", "DurableExecutionFailed", { dimensions: ofFunction("InpaintHandler") }],
  ["InpaintTimedOut", "DurableExecutionTimedOut", { dimensions: ofFunction("InpaintHandler") }],
  ["NotifyFailed", "DurableExecutionFailed", { dimensions: ofFunction("NotifyHandler") }],
  ["WebhookErrors", "Errors", { dimensions: ofFunction("Webhook") }],
  ["GatewayErrors", "5xx", { namespace: "AWS/ApiGateway" }],
  ["CompatErrors", "Url5xxCount", { dimensions: ofFunction("Compat") }],
  ["Spend", "spend", { namespace: "infill/production", period: 3600, threshold: 10_000_000 }],
])("%s tells somebody", (name, metricName, more) => {
  const [topic] = allOf(graph, "aws:sns/topicSubscription:TopicSubscription");
  expect(topic?.inputs).toMatchObject({ protocol: "email", endpoint: "ops@example.com" });
  expect(find(graph, "aws:cloudwatch/metricAlarm:MetricAlarm", name).inputs).toMatchObject({
    metricName,
    ...more,
    alarmActions: [topic?.inputs.topic],
  });
});

test("every function that can end a job has its spending counted", () => {
  const filters = allOf(graph, "aws:cloudwatch/logMetricFilter:LogMetricFilter").map(({ inputs }) => inputs);
  expect(filters.map(({ logGroupName }) => logGroupName).sort()).toEqual(
    ["Api", "Expire", "InpaintHandler"].map((name) => functionNamed(graph, name).inputs.loggingConfig.logGroup).sort(),
  );
  for (const { metricTransformation } of filters)
    expect(metricTransformation).toMatchObject({ namespace: "infill/production", name: "spend" });
});

test("without anyone to tell there is no alarm, which would cost money while idle", () => {
  expect(allOf(inject("personal"), "aws:cloudwatch/metricAlarm:MetricAlarm")).toEqual([]);
});
