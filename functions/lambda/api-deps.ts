import { type Log, randomIds, webhookSecretsOf } from "@infill/core";
import { unsafeBecause } from "@infill/providers/safe-url";
import { Resource } from "sst/resource";
import type { ApiDeps } from "../api/context.ts";
import { engine } from "./engine.ts";
import { required } from "./environment.ts";
import { objects } from "./objects.ts";
import { catalogue } from "./providers.ts";
import { records } from "./records.ts";
import { clock } from "./system.ts";

/** What this deployment's API is made of, at every door. */
export const apiDeps = (log: Log): ApiDeps => ({
  records: records(),
  objects: objects(),
  engine: engine(),
  catalogue: catalogue(),
  clock,
  ids: randomIds,
  log,
  links: { keyring: Resource.LinkKeyring, publicUrl: required("PUBLIC_URL") },
  webhookSecrets: (tenant) => webhookSecretsOf(Resource.WebhookSecret.value, tenant),
  namespace: required("NAMESPACE"),
  refuseWebhook: (url) => unsafeBecause(url, { allowLoopback: false }),
  build: required("BUILD"),
});
