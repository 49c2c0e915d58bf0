import pixels from "../packages/pixels/package.json" with { type: "json" };
import { bedrock } from "./bedrock.ts";
import { allow, defaults, names } from "./function.ts";
import { url } from "./gateway.ts";
import { moderation } from "./moderation.ts";
import { aboutModels, linkKeyring, providerKeys, webhookSecret } from "./secrets.ts";
import { settings } from "./stage.ts";
import { mayEndJobs, pictures, table } from "./storage.ts";

/** One execution an event: a signed webhook, tried for days. */
export const notify = new sst.aws.Workflow("Notify", {
  ...defaults,
  handler: "functions/lambda/notify.handler",
  // one request of ten seconds at most, and a row
  memory: "512 MB",
  // the pauses add up to three days, and a receiver's Retry-After may stretch each of the ten to one
  timeout: { invocation: "1 minute", execution: "14 days" },
  retention: "14 days",
  environment: { ...names, PUBLIC_URL: url, TABLE: table.name },
  link: [linkKeyring, webhookSecret],
  // it puts the number that some formats give a job, where that was not given yet
  permissions: [allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], table.arn)],
  // a receiver that does not answer occupies a Lambda for ten seconds a try, and many of them the account's
  transform: {
    function: {
      function: settings.deliveries === undefined ? {} : { reservedConcurrentExecutions: settings.deliveries },
    },
  },
});
/** With the version that was deployed: a caller of this build starts this build. */
export const notifyFunction = $interpolate`${notify.name}:${notify.qualifier}`;

/** One execution a job. */
export const inpaint = new sst.aws.Workflow("Inpaint", {
  ...defaults,
  handler: "functions/lambda/inpaint.handler",
  // sharp's binaries, for the function's own architecture, are in this bundle alone
  nodejs: { ...defaults.nodejs, install: { sharp: pixels.dependencies.sharp } },
  // 50 MP decoded is 200 MB, and paste-back holds a few of them; from 1769 MB on there is a whole CPU
  memory: "2048 MB",
  // Lambda's most: a submit that a time-out cuts off is paid for and lost. A job lives six hours at most.
  timeout: { invocation: "15 minutes", execution: "7 hours" },
  retention: "7 days",
  environment: {
    ...names,
    // each thread that decodes would keep what it has freed for itself: 50 MB of a photo of 12 megapixels
    MALLOC_ARENA_MAX: "2",
    PUBLIC_URL: url,
    TABLE: table.name,
    ...pictures.environment,
    NOTIFY_FUNCTION: notifyFunction,
    ...aboutModels,
    PROVIDER_KEYS: providerKeys.prefix,
    ...bedrock.environment,
    ...moderation.environment,
  },
  link: [linkKeyring, ...pictures.link, ...moderation.link],
  permissions: [
    ...mayEndJobs,
    // a photo is an upload, or the result of an earlier job; a byte takes an erased upload's place
    ...pictures.may(["GetObject", "DeleteObject", "PutObject"], "u", "r"),
    ...pictures.may(["GetObject", "PutObject", "DeleteObject"], "w"),
    // a job's work is removed whatever is in it
    ...pictures.mayList("r", "w"),
    allow(["ssm:GetParameter"], ...providerKeys.arns),
    ...bedrock.rights,
    allow(["lambda:InvokeFunction"], $interpolate`${notify.arn}:*`),
  ],
});
// who leaves a vendor's place wakes the next in line, which is an execution of this same workflow
new aws.iam.RolePolicy("InpaintWakes", {
  role: inpaint.nodes.function.nodes.role.name,
  policy: $jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["lambda:SendDurableExecutionCallbackSuccess"],
        Resource: [$interpolate`${inpaint.arn}:*`],
      },
    ],
  }),
});
export const inpaintFunction = $interpolate`${inpaint.name}:${inpaint.qualifier}`;
