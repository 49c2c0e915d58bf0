import { settings } from "./stage.ts";

// Callback and result paths are capabilities: a log that outlives a request has no path.
const ACCESS_LOG = JSON.stringify({
  time: "$context.requestTime",
  requestId: "$context.requestId",
  method: "$context.httpMethod",
  route: "$context.routeKey",
  status: "$context.status",
  ms: "$context.responseLatency",
  functionMs: "$context.integrationLatency",
  error: "$context.integrationErrorMessage",
});

/**
 * The one https entry of api and webhook.
 *
 * ApiGatewayV2 and not function URLs behind a Router: its address is known before any function
 * exists, and the workflow must tell a provider where to call back – with function URLs the api would
 * need the workflow's name and the workflow the api's URL. It throttles before a function is woken,
 * caches nothing, and costs nothing while idle. Its limit of 30 s is above the 25 s for which the
 * native API holds an answer; answers that take minutes or stream need an entry of their own.
 */
export const gateway = new sst.aws.ApiGatewayV2("Gateway", {
  ...(settings.domain === undefined ? {} : { domain: settings.domain }),
  cors: false, // the api answers browsers itself, the same on every runtime
  accessLog: { retention: "1 month" },
  transform: {
    stage: (args) => {
      args.accessLogSettings = $output(args.accessLogSettings).apply((settings) => ({
        destinationArn: settings?.destinationArn ?? "",
        format: ACCESS_LOG,
      }));
      args.defaultRouteSettings = { throttlingBurstLimit: 200, throttlingRateLimit: 100 };
    },
  },
});

/**
 * Where callers reach the API, without a trailing slash: what links and callbacks name. The edge's address can be
 * that where it has a domain: any other is known only once the Worker is there, which is told of the workflow.
 */
export const url =
  settings.edgeDomain === undefined
    ? gateway.url.apply((address) => address.replace(/\/$/, ""))
    : $output(`https://${settings.edgeDomain}`);
export const route = (key: string, target: sst.aws.Function) => gateway.route(key, target.arn);
