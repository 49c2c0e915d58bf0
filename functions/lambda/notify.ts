import { webhookSecretsOf } from "@infill/core";
import { createHttp } from "@infill/providers/http";
import { Resource } from "sst/resource";
import { notifyHandler } from "../notify.ts";
import { signWebhook } from "../sign-webhook.ts";
import { required } from "./environment.ts";
import { log, logged } from "./event-log.ts";
import { records } from "./records.ts";
import { clock } from "./system.ts";

/** The durable delivery of one outgoing event. */
export const handler = logged(
  notifyHandler({
    records: records(),
    clock,
    log,
    links: { keyring: Resource.LinkKeyring, publicUrl: required("PUBLIC_URL") },
    post: createHttp().postWebhook,
    webhookSecrets: (tenant) => webhookSecretsOf(Resource.WebhookSecret.value, tenant),
    sign: signWebhook,
  }),
);
