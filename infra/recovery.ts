import { newRowsFilters } from "../packages/aws/src/records/table.ts";
import { allow, defaults, names } from "./function.ts";
import { mayEndJobs, pictures, table } from "./storage.ts";
import { inpaint, inpaintFunction, notify, notifyFunction } from "./workflow.ts";

/** What relay and expire could not do, kept for two weeks for people to look at; an alarm says so. */
export const lost = new sst.aws.Queue("Lost", {
  transform: { queue: { messageRetentionSeconds: 14 * 24 * 3600, sqsManagedSseEnabled: true } },
});
const mayReport = allow(["sqs:SendMessage"], lost.arn);

/** Starts what a new row asks for, in case whoever wrote it died before it did. */
export const relay = new sst.aws.Function("Relay", {
  ...defaults,
  handler: "functions/lambda/relay.handler",
  memory: "512 MB",
  timeout: "30 seconds",
  environment: { ...names, TABLE: table.name, INPAINT_FUNCTION: inpaintFunction, NOTIFY_FUNCTION: notifyFunction },
  permissions: [
    allow(
      ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
      table.nodes.table.streamArn,
    ),
    // whether an event is to be delivered anywhere
    allow(["dynamodb:GetItem"], table.arn),
    allow(["lambda:InvokeFunction"], $interpolate`${inpaint.arn}:*`, $interpolate`${notify.arn}:*`),
    mayReport,
  ],
});

table.subscribe("NewRows", relay.arn, {
  filters: newRowsFilters,
  transform: {
    eventSourceMapping: {
      // rows that were written while nobody listened are read, too
      startingPosition: "TRIM_HORIZON",
      batchSize: 10,
      functionResponseTypes: ["ReportBatchItemFailures"],
      bisectBatchOnFunctionError: true,
      // half an hour of a throttled account is survived; what fails for longer must not hold up the rest
      maximumRetryAttempts: 20,
      maximumRecordAgeInSeconds: 1800,
      destinationConfig: { onFailure: { destinationArn: lost.arn } },
    },
  },
});

/** Ends the job of an execution that ended before it. */
export const expire = new sst.aws.Function("Expire", {
  ...defaults,
  handler: "functions/lambda/expire.handler",
  memory: "512 MB",
  timeout: "30 seconds",
  environment: { ...names, TABLE: table.name, NOTIFY_FUNCTION: notifyFunction, ...pictures.environment },
  link: pictures.link,
  permissions: [
    ...mayEndJobs,
    // a job that was to be erased at its end is
    ...pictures.may(["DeleteObject"], "u", "r", "w"),
    ...pictures.may(["PutObject"], "u"),
    ...pictures.mayList("r", "w"),
    // the next in line for its place with a vendor is woken
    allow(["lambda:SendDurableExecutionCallbackSuccess"], $interpolate`${inpaint.arn}:*`),
    allow(["lambda:InvokeFunction"], $interpolate`${notify.arn}:*`),
    mayReport,
  ],
});

new aws.lambda.FunctionEventInvokeConfig("ExpireRetries", {
  functionName: expire.name,
  maximumRetryAttempts: 2,
  maximumEventAgeInSeconds: 6 * 3600,
  destinationConfig: { onFailure: { destination: lost.arn } },
});

const ended = new aws.cloudwatch.EventRule("ExecutionEnded", {
  description: "An execution of the inpaint workflow failed, timed out or was stopped",
  eventPattern: $jsonStringify({
    source: ["aws.lambda"],
    "detail-type": ["Durable Execution Status Change"],
    // with or without a version behind it
    detail: { status: ["FAILED", "TIMED_OUT", "STOPPED"], functionArn: [{ prefix: inpaint.arn }] },
  }),
});

new aws.cloudwatch.EventTarget("ExecutionEndedTarget", {
  rule: ended.name,
  arn: expire.arn,
  retryPolicy: { maximumEventAgeInSeconds: 24 * 3600, maximumRetryAttempts: 185 },
  deadLetterConfig: { arn: lost.arn },
});

new aws.lambda.Permission("ExecutionEndedPermission", {
  action: "lambda:InvokeFunction",
  function: expire.name,
  principal: "events.amazonaws.com",
  sourceArn: ended.arn,
});

new aws.sqs.QueuePolicy("LostPolicy", {
  queueUrl: lost.url,
  policy: $jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: lost.arn,
        Condition: { ArnEquals: { "aws:SourceArn": ended.arn } },
      },
    ],
  }),
});
