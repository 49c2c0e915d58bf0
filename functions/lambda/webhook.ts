import { randomIds } from "@infill/core";
import { handle } from "hono/aws-lambda";
import { Resource } from "sst/resource";
import { createWebhook } from "../webhook.ts";
import { engine } from "./engine.ts";
import { useLightFetch } from "./light-fetch.ts";
import { records } from "./records.ts";
import { clock, log } from "./system.ts";

useLightFetch();

/** The receiver of providers' callbacks behind the gateway. */
export const handler = handle(
  createWebhook({ records: records(), engine: engine(), clock, ids: randomIds, log, keyring: Resource.LinkKeyring }),
);
