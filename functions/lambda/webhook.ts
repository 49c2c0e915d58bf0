import { handle } from "hono/aws-lambda";
import { createWebhook } from "../webhook.ts";
import { log, logged } from "./http-log.ts";
import { useLightFetch } from "./light-fetch.ts";
import { webhookDeps } from "./webhook-deps.ts";

useLightFetch();

/** The receiver of providers' callbacks behind the gateway. */
export const handler = handle(logged(createWebhook(webhookDeps(log))));
