import { createApi } from "../api/app.ts";
import { apiDeps } from "../lambda/api-deps.ts";
import { required } from "../lambda/environment.ts";
import { type Level, lineLog } from "../lambda/line-log.ts";
import { clock } from "../lambda/system.ts";
import { webhookDeps } from "../lambda/webhook-deps.ts";
import { createWebhook } from "../webhook.ts";

// Made once an isolate, of the very parts that Lambda's functions are made of: a Worker's bindings are its
// `process.env` (`nodejs_compat`) and SST's `Resource` alike. An answer that is held here occupies nobody's
// Lambda, so there are as many as ask.
const { log } = lineLog({
  write: console.log,
  namespace: required("NAMESPACE"),
  build: required("BUILD"),
  level: required("LOG_LEVEL") as Level,
  now: clock.now,
});
const api = createApi(apiDeps(log));
const webhook = createWebhook(webhookDeps(log));

/** The API and the receiver of callbacks on Cloudflare Workers. */
export default {
  fetch(request: Request): Response | Promise<Response> {
    const callback = new URL(request.url).pathname.startsWith("/webhooks/");
    return (callback ? webhook : api).fetch(request);
  },
};
