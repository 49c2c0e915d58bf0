import { randomIds } from "@infill/core";
import { unsafeBecause } from "@infill/providers/safe-url";
import { handle } from "hono/aws-lambda";
import { Resource } from "sst/resource";
import { createApi } from "../api/app.ts";
import { engine } from "./engine.ts";
import { required } from "./environment.ts";
import { holds } from "./holds.ts";
import { useLightFetch } from "./light-fetch.ts";
import { objects } from "./objects.ts";
import { catalogue } from "./providers.ts";
import { records } from "./records.ts";
import { clock, log } from "./system.ts";

useLightFetch();

/** The HTTP API behind the gateway. */
export const handler = handle(
  createApi({
    records: records(),
    objects: objects(),
    engine: engine(),
    catalogue: catalogue(),
    clock,
    ids: randomIds,
    holds: holds("api"),
    log,
    links: { keyring: Resource.LinkKeyring, publicUrl: required("PUBLIC_URL") },
    namespace: required("NAMESPACE"),
    refuseWebhook: (url) => unsafeBecause(url, { allowLoopback: false }),
    build: required("BUILD"),
  }),
);
