import { type Log, randomIds } from "@infill/core";
import { Resource } from "sst/resource";
import type { WebhookDeps } from "../webhook.ts";
import { engine } from "./engine.ts";
import { records } from "./records.ts";
import { clock } from "./system.ts";

/** What this deployment's receiver of callbacks is made of, at every door. */
export const webhookDeps = (log: Log): WebhookDeps => ({
  records: records(),
  engine: engine(),
  clock,
  ids: randomIds,
  log,
  keyring: Resource.LinkKeyring,
});
