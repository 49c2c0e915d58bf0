import { callbackToken, endUserHash, type Pixels, type Provider, randomIds, signingSecretsIn } from "@infill/core";
import { loadProvider, type ProviderDeps, registry } from "@infill/providers";
import { createHttp } from "@infill/providers/http";
import { Resource } from "sst/resource";
import { inpaintHandler } from "../inpaint.ts";
import { createModeration } from "../moderation.ts";
import { readModerationSettings } from "../moderation-settings.ts";
import { signWebhook } from "../sign-webhook.ts";
import { engine } from "./engine.ts";
import { credentials, endpointOf, required } from "./environment.ts";
import { log, logged } from "./event-log.ts";
import { objects } from "./objects.ts";
import { parameterReader } from "./parameters.ts";
import { catalogue, configuredProviders } from "./providers.ts";
import { records } from "./records.ts";
import { clock } from "./system.ts";

const http = createHttp();
const parameter = parameterReader({
  region: required("AWS_REGION"),
  credentials,
  now: clock.now,
  ...endpointOf("SSM"),
});
const providers = new Map<string, Provider>();
for (const name of configuredProviders()) {
  providers.set(name, (await loadProvider(name)).create({ http, ...accessTo(name) }));
}

/** The vendor's own key, or this function's rights where it needs none. */
function accessTo(name: string): Pick<ProviderDeps, "key" | "aws"> {
  const setting = registry[name]?.setting;
  if (setting === undefined) return { key: parameter(required("PROVIDER_KEYS") + name) };
  return { key: async () => "", aws: { region: required(setting), credentials: async () => credentials() } };
}

declare module "sst" {
  interface Resource {
    // of stages whose operator moderates, which the generated types may not know
    ModerationSecret: { value: string; type: "sst.sst.Secret" };
  }
}

const settings = readModerationSettings(process.env, { allowLoopback: false });
const moderation =
  settings &&
  createModeration({
    ...settings,
    http,
    sign: (...call) => signWebhook(signingSecretsIn(Resource.ModerationSecret.value))(...call),
    now: clock.now,
  });

let pixels: Promise<Pixels> | undefined;
const loadPixels = (): Promise<Pixels> => {
  pixels ??= import("@infill/pixels").then(({ createPixels }) => createPixels());
  return pixels;
};

/** The durable workflow of one job. */
export const handler = logged(
  inpaintHandler({
    records: records(),
    objects: objects(),
    engine: engine(),
    catalogue: catalogue(),
    providers,
    moderation,
    pixels: loadPixels,
    clock,
    ids: randomIds,
    log,
    endUser: (...user) => endUserHash(Resource.LinkKeyring, ...user),
    callbackUrl: (provider, jobId, attempt, deadlineAt) =>
      `${required("PUBLIC_URL")}/webhooks/${provider}/${callbackToken(Resource.LinkKeyring, provider, jobId, attempt, deadlineAt)}`,
  }),
);
