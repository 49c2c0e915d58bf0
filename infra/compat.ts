import { allow, heldAnswers, lean, names } from "./function.ts";
import { url } from "./gateway.ts";
import { aboutModels, linkKeyring } from "./secrets.ts";
import { pictures, table } from "./storage.ts";
import { inpaint, inpaintFunction, notify, notifyFunction } from "./workflow.ts";

/**
 * The drop-in entry: OpenAI's format, for clients that expect one long request.
 *
 * A function URL and not the gateway: that gives up after 30 s and does not stream, and a URL holds for
 * Lambda's whole 15 minutes. It has no domain of its own; a Router in front would give it one, and a cap
 * of 60 s between two bytes of an answer – enough for streamed answers, which beat every 15 s, and the end of held
 * ones. Nobody is checked at the URL: the app authenticates, as it does behind the gateway. Nothing throttles
 * it before a function is woken, either; where that is a worry, give it a reserved concurrency.
 */
export const compat = new sst.aws.Function("Compat", {
  ...lean,
  handler: "functions/lambda/compat.handler",
  // a request's pictures, and one result at a time: a png of 50 MP is read whole and sent in slices
  memory: "1024 MB",
  // Lambda's most: the slowest provider's answer, while its caller waits; see HOLD_SECONDS
  timeout: "15 minutes",
  streaming: true,
  url: { authorization: "none", cors: false }, // the app answers browsers itself, the same on every runtime
  environment: {
    ...names,
    PUBLIC_URL: url,
    TABLE: table.name,
    ...pictures.environment,
    INPAINT_FUNCTION: inpaintFunction,
    NOTIFY_FUNCTION: notifyFunction,
    ...aboutModels,
    HELD_ANSWERS: heldAnswers,
  },
  link: [linkKeyring, ...pictures.link],
  permissions: [
    allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], table.arn),
    // whose end it writes gives a vendor's place back, and the next in line is woken
    allow(["dynamodb:Query", "dynamodb:DeleteItem"], table.arn),
    allow(["lambda:SendDurableExecutionCallbackSuccess"], $interpolate`${inpaint.arn}:*`),
    // it stores what a request brings along, reads its header like any upload's, and removes it where it refuses
    ...pictures.may(["GetObject", "PutObject", "DeleteObject"], "u"),
    // and sends results, and pictures of the work under way
    ...pictures.may(["GetObject"], "r", "w"),
    // a read of a job past its deadline ends it and announces that
    allow(["lambda:InvokeFunction"], $interpolate`${inpaint.arn}:*`, $interpolate`${notify.arn}:*`),
  ],
});

/** What an OpenAI client is given as its base URL. */
export const openAiUrl = $interpolate`${compat.url}v1`;
