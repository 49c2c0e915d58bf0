import type { METRICS } from "../packages/core/src/ports.ts";
import { api } from "./api.ts";
import { compat } from "./compat.ts";
import { names } from "./function.ts";
import { gateway } from "./gateway.ts";
import { lost, relay } from "./recovery.ts";
import { settings } from "./stage.ts";
import { webhook } from "./webhook.ts";
import { inpaint, notify } from "./workflow.ts";

type Name = string | $util.Output<string>;
/** `[namespace, metric, dimension, value, …, options]`, as CloudWatch draws them. */
type Line = (Name | object)[];

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
const chart = (title: string, metrics: Line[], more: object = {}) => ({
  type: "metric",
  width: 8,
  height: 6,
  properties: {
    title,
    metrics,
    region: aws.getRegionOutput().region,
    stat: "Sum",
    period: 300,
    view: "timeSeries",
    ...more,
  },
});
const counted = (metric: keyof typeof METRICS, ...rest: Line): Line => [
  names.NAMESPACE,
  metric,
  "service",
  "infill",
  ...rest,
];
const ofLambda = (metric: string, { name }: { name: $util.Output<string> }, ...rest: Line): Line => [
  "AWS/Lambda",
  metric,
  "FunctionName",
  name,
  ...rest,
];
const ofGateway = (metric: string, ...rest: Line): Line => [
  "AWS/ApiGateway",
  metric,
  "ApiId",
  gateway.nodes.api.id,
  ...rest,
];
const quota = [{ label: "what this account may run", value: settings.concurrency }];

/** The stage at a glance. An account's first three dashboards cost nothing. */
new aws.cloudwatch.Dashboard("Dashboard", {
  dashboardName: `${$app.name}-${$app.stage}`,
  dashboardBody: $jsonStringify({
    widgets: [
      chart(
        "Jobs, by how they ended",
        ["succeeded", "failed", "canceled"].map((status) => counted("jobs", "status", status, { label: status })),
      ),
      chart("Spent an hour, micro-US-dollars", [counted("spend", { label: "spent" })], { period: 3600 }),
      chart("Duration of a job, ms", [
        counted("duration", { stat: "p50", label: "half are faster" }),
        counted("duration", { stat: "p95", label: "95 of 100 are faster" }),
      ]),
      chart("Callers are answered", [
        ofGateway("Count", { label: "requests" }),
        ofGateway("4xx", { label: "4xx" }),
        ofGateway("5xx", { label: "5xx" }),
        ofLambda("Url5xxCount", compat, { label: "drop-in 5xx" }),
      ]),
      chart("After so many ms", [
        ofGateway("Latency", { stat: "p50", label: "half" }),
        ofGateway("Latency", { stat: "p95", label: "95 of 100" }),
      ]),
      chart("Lambdas at one time", [["AWS/Lambda", "ConcurrentExecutions", { stat: "Maximum" }]], {
        annotations: { horizontal: quota },
      }),
      chart(
        "Throttled",
        [api, compat, webhook, relay, inpaint.nodes.function].map((each) => ofLambda("Throttles", each)),
      ),
      chart(
        "Moderation",
        [counted("reports", { label: "reports" }), counted("unmoderated", { label: "edits without its answer" })],
        { period: 3600 },
      ),
      chart("Callbacks and webhooks", [
        counted("callbacks", { label: "callbacks received" }),
        counted("webhooksFailed", { label: "webhooks given up" }),
        ofLambda("Errors", webhook, { label: "receiver's errors" }),
      ]),
      chart("Executions that did not succeed", [
        ofLambda("DurableExecutionFailed", inpaint, { label: "jobs failed" }),
        ofLambda("DurableExecutionTimedOut", inpaint, { label: "jobs out of time" }),
        ofLambda("DurableExecutionFailed", notify, { label: "deliveries failed" }),
      ]),
      chart("The relay's lag, ms", [ofLambda("IteratorAge", relay, { stat: "Maximum" })]),
      chart("Lost messages", [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", lost.nodes.queue.name, { stat: "Maximum" }],
      ]),
    ],
  }),
});
