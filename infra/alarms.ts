import type { METRICS } from "../packages/core/src/ports.ts";
import { compat } from "./compat.ts";
import { names } from "./function.ts";
import { gateway } from "./gateway.ts";
import { lost, relay } from "./recovery.ts";
import { settings } from "./stage.ts";
import { webhook } from "./webhook.ts";
import { inpaint, notify } from "./workflow.ts";

/** Sums over five minutes unless told otherwise; an alarm goes off above `above`. */
interface Alarm {
  says: string;
  namespace: $util.Input<string>;
  metric: string;
  dimensions?: Record<string, $util.Input<string>>;
  statistic?: "Sum" | "Maximum";
  seconds?: number;
  above: number;
}

const ofFunction = ({ name }: { name: $util.Output<string> }) => ({
  namespace: "AWS/Lambda",
  dimensions: { FunctionName: name },
});
/** What the functions' own lines count, see functions/lambda/emf.ts. */
const counted = { namespace: names.NAMESPACE, dimensions: { service: "infill" } };

/** Of a stage whose operator moderates. */
const ofModeration: Record<string, Alarm> = {
  Unmoderated: {
    says: "Moderation did not answer about edits",
    ...counted,
    metric: "unmoderated" satisfies keyof typeof METRICS,
    above: 0,
  },
};

const alarms: Record<string, Alarm> = {
  ...(settings.moderation === undefined ? {} : ofModeration),
  LostMessages: {
    says: `A job could not be started or ended; the queue has it: npx infill jobs redrive --stage ${$app.stage}`,
    namespace: "AWS/SQS",
    metric: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: lost.nodes.queue.name },
    statistic: "Maximum",
    above: 0,
  },
  RelayBehind: {
    says: "The relay is five minutes behind the table",
    ...ofFunction(relay),
    metric: "IteratorAge",
    statistic: "Maximum",
    above: 300_000,
  },
  InpaintFailed: {
    says: "Executions of jobs failed",
    ...ofFunction(inpaint),
    metric: "DurableExecutionFailed",
    above: 0,
  },
  InpaintTimedOut: {
    says: "Executions of jobs ran out of time",
    ...ofFunction(inpaint),
    metric: "DurableExecutionTimedOut",
    above: 0,
  },
  NotifyFailed: {
    says: "Executions that deliver webhooks failed",
    ...ofFunction(notify),
    metric: "DurableExecutionFailed",
    above: 0,
  },
  WebhookErrors: { says: "The receiver of callbacks fails", ...ofFunction(webhook), metric: "Errors", above: 0 },
  GatewayErrors: {
    says: "Callers or providers are answered 5xx",
    namespace: "AWS/ApiGateway",
    metric: "5xx",
    dimensions: { ApiId: gateway.nodes.api.id },
    above: 5,
  },
  CompatErrors: {
    says: "Callers of the drop-in entry are answered 5xx",
    ...ofFunction(compat),
    metric: "Url5xxCount",
    above: 5,
  },
  Spend: {
    says: `Jobs of one hour cost more than ${settings.alarmHourlyUsd} US dollars`,
    ...counted,
    metric: "spend" satisfies keyof typeof METRICS,
    seconds: 3600,
    above: settings.alarmHourlyUsd * 1_000_000,
  },
};

// An alarm costs ten cents a month: without anyone who hears it there is none.
if (settings.alarmEmail !== undefined) {
  const topic = new aws.sns.Topic("Alarms");
  new aws.sns.TopicSubscription("AlarmsByEmail", {
    topic: topic.arn,
    protocol: "email",
    endpoint: settings.alarmEmail,
  });
  for (const [name, { says, metric, seconds = 300, statistic = "Sum", above, ...rest }] of Object.entries(alarms)) {
    new aws.cloudwatch.MetricAlarm(name, {
      ...rest,
      alarmDescription: says,
      metricName: metric,
      statistic,
      period: seconds,
      evaluationPeriods: 1,
      threshold: above,
      comparisonOperator: "GreaterThanThreshold",
      treatMissingData: "notBreaching",
      alarmActions: [topic.arn],
      okActions: [topic.arn],
    });
  }
}
