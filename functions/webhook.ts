import {
  type Clock,
  type Engine,
  type Ids,
  InfillError,
  type Keyring,
  type Log,
  type Records,
  receiveCallback,
} from "@infill/core";
import { Hono } from "hono";
import type { ApiEnv } from "./api/context.ts";
import { everyAnswer } from "./api/every-answer.ts";
import { limitedTo } from "./api/json.ts";
import { answerProblem, onError } from "./api/problem.ts";

export interface WebhookDeps {
  records: Records;
  engine: Engine;
  clock: Clock;
  ids: Ids;
  log: Log;
  keyring: Keyring;
}

/** Largest body that is taken, bytes: it fits a row of DynamoDB's 400 KB even in base64. */
const MAX_CALLBACK_BYTES = 256 * 1024;

/**
 * The receiver of providers' callbacks: `POST /webhooks/{provider}/{capability}`. A function of its
 * own, so that a flood cannot starve the API. Whatever is wrong with the path is one uniform 404,
 * and the path is never logged.
 */
export function createWebhook(deps: WebhookDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.use(everyAnswer(deps));
  app.use(limitedTo(MAX_CALLBACK_BYTES, "a callback says how work stands and names its pictures by address"));
  app.onError(onError(deps.log));
  app.notFound((c) => answerProblem(c, new InfillError("not_found", "There is nothing here")));
  app.post("/webhooks/:provider/:token", async (c) => {
    const { provider, token } = c.req.param();
    await receiveCallback(deps, provider, token, new Uint8Array(await c.req.arrayBuffer()), c.req.raw.headers);
    return c.json({ ok: true });
  });
  return app;
}
