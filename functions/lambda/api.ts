import { handle } from "hono/aws-lambda";
import { createApi } from "../api/app.ts";
import { apiDeps } from "./api-deps.ts";
import { holds } from "./holds.ts";
import { log, logged } from "./http-log.ts";
import { useLightFetch } from "./light-fetch.ts";
import { reference } from "./reference.ts";

useLightFetch();

/** The HTTP API behind the gateway. */
export const handler = handle(logged(createApi({ ...apiDeps(log), holds: holds("api"), reference })));
