import { allow, defaults, names } from "./function.ts";
import { route } from "./gateway.ts";
import { linkKeyring } from "./secrets.ts";
import { table } from "./storage.ts";
import { inpaint, inpaintFunction } from "./workflow.ts";

/** The receiver of providers' callbacks: a function of its own, so that a flood cannot starve the api. */
export const webhook = new sst.aws.Function("Webhook", {
  ...defaults,
  handler: "functions/lambda/webhook.handler",
  // two reads, a write and a call
  memory: "512 MB",
  timeout: "10 seconds",
  environment: { ...names, TABLE: table.name, INPAINT_FUNCTION: inpaintFunction },
  link: [linkKeyring],
  permissions: [
    allow(["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"], table.arn),
    allow(["lambda:SendDurableExecutionCallbackSuccess"], $interpolate`${inpaint.arn}:*`),
  ],
});

route("POST /webhooks/{provider}/{token}", webhook);
