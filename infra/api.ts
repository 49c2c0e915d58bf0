import { allow, heldAnswers, lean, names } from "./function.ts";
import { route, url } from "./gateway.ts";
import { aboutModels, linkKeyring, webhookSecret } from "./secrets.ts";
import { mayEndJobs, pictures, table } from "./storage.ts";
import { inpaint, inpaintFunction, notify, notifyFunction } from "./workflow.ts";

/** What the API is told, wherever it runs. */
export const apiEnvironment = {
  ...names,
  PUBLIC_URL: url,
  TABLE: table.name,
  ...pictures.environment,
  INPAINT_FUNCTION: inpaintFunction,
  NOTIFY_FUNCTION: notifyFunction,
  ...aboutModels,
};

/** What the API is linked to, wherever it runs. It tells each tenant the secret of its webhooks. */
export const apiLinks = [linkKeyring, webhookSecret, ...pictures.link];

/** All that the API may do, wherever it runs. */
export const apiRights = [
  ...mayEndJobs,
  // results and previews are shown, and a job's pictures deleted with it
  ...pictures.may(["GetObject", "DeleteObject"], "u", "r", "w"),
  ...pictures.may(["PutObject"], "u"),
  ...pictures.mayList("r", "w"),
  // a read of a job past its deadline ends it and announces that
  allow(["lambda:InvokeFunction"], $interpolate`${inpaint.arn}:*`, $interpolate`${notify.arn}:*`),
  // a canceled job is woken, and so is whoever is next in line for a vendor
  allow(["lambda:SendDurableExecutionCallbackSuccess"], $interpolate`${inpaint.arn}:*`),
];

/** The HTTP API. It signs uploads and downloads, writes rows and starts executions; no picture passes through it. */
export const api = new sst.aws.Function("Api", {
  ...lean,
  // the reference lies beside the bundle, and is read when somebody asks for it
  nodejs: { ...lean.nodejs, loader: { ".txt": "file", ".html": "file" } },
  handler: "functions/lambda/api.handler",
  // the start is bound by the CPU, which comes with memory; a held answer does nothing and is short
  memory: "1024 MB",
  // the gateway gives up after 30 s
  timeout: "29 seconds",
  environment: { ...apiEnvironment, HELD_ANSWERS: heldAnswers },
  link: apiLinks,
  permissions: apiRights,
});

route("$default", api);
