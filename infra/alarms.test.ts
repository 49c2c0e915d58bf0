import { expect, inject, test } from "vitest";
import { metricLine } from "../functions/lambda/emf.ts";
import { allOf, find, functionNamed, functionNames } from "./offline/graph.ts";

const graph = inject("production");
interface Widget {
  properties: { metrics: unknown[][] };
}
function widgets(): Widget[] {
  const { dashboardBody } = find(graph, "aws:cloudwatch/dashboard:Dashboard", "Dashboard").inputs;
  return JSON.parse(dashboardBody).widgets;
}

/** `["service", "infill", …, {label}]` → `{ service: "infill" }` */
function dimensionsOf(words: unknown[]): Record<string, unknown> {
  const texts = words.filter((word) => typeof word === "string");
  return Object.fromEntries(texts.flatMap((name, i) => (i % 2 === 0 ? [[name, texts[i + 1]]] : [])));
}

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
  [
    "Spend",
    "spend",
    { namespace: "infill/production", dimensions: { service: "infill" }, period: 3600, threshold: 10_000_000 },
  ],
])("%s tells somebody", (name, metricName, more) => {
  const [topic] = allOf(graph, "aws:sns/topicSubscription:TopicSubscription");
  expect(topic?.inputs).toMatchObject({ protocol: "email", endpoint: "ops@example.com" });
  expect(find(graph, "aws:cloudwatch/metricAlarm:MetricAlarm", name).inputs).toMatchObject({
    metricName,
    ...more,
    alarmActions: [topic?.inputs.topic],
  });
});

/** Metrics of our own that an alarm or the dashboard reads. */
const read = [
  ...allOf(graph, "aws:cloudwatch/metricAlarm:MetricAlarm")
    .filter(({ inputs }) => inputs.namespace === "infill/production")
    .map(({ inputs }) => [inputs.metricName, inputs.dimensions] as const),
  ...widgets().flatMap(({ properties }) =>
    properties.metrics
      .filter(([namespace]) => namespace === "infill/production")
      .map(([, metric, ...rest]) => [metric, dimensionsOf(rest)] as const),
  ),
];

/** As CloudWatch has them: every metric that a line of the functions can count, with its dimensions. */
const emitted = (["succeeded", "failed", "canceled"] as const).flatMap((status) => {
  const all = { jobs: 1, spend: 1, duration: 1, callbacks: 1, webhooksFailed: 1, reports: 1, unmoderated: 1, status };
  const line = JSON.parse(metricLine(all, { namespace: "infill/production", job: "job", now: 0 }) ?? "");
  return line._aws.CloudWatchMetrics.flatMap(
    ({ Dimensions: [names], Metrics }: { Dimensions: string[][]; Metrics: { Name: string }[] }) =>
      Metrics.map(({ Name }) => [Name, Object.fromEntries((names ?? []).map((name) => [name, line[name]]))]),
  );
});

test("alarms and the dashboard read nothing that no function counts", () => {
  expect(read.length).toBeGreaterThanOrEqual(8);
  for (const metric of read) expect(emitted).toContainEqual(metric);
});

test("what is counted stays below the ten metrics that cost nothing", () => {
  expect(new Set(emitted.map((metric) => JSON.stringify(metric))).size).toBeLessThanOrEqual(10);
});

test("the dashboard names the account's quota, and functions that there are", () => {
  expect(JSON.stringify(widgets())).toContain('"value":10');
  const named = widgets().flatMap(({ properties }) =>
    properties.metrics.filter(([, , dimension]) => dimension === "FunctionName").map(([, , , name]) => name),
  );
  const functions = functionNames(graph).map((name) => functionNamed(graph, name).inputs.name);
  for (const name of named) expect(functions).toContain(name);
});

test("without anyone to tell there is no alarm, which would cost money while idle", () => {
  expect(allOf(inject("personal"), "aws:cloudwatch/metricAlarm:MetricAlarm")).toEqual([]);
});
