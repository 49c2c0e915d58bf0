import { handle } from "hono/aws-lambda";
import { createApi } from "../api/app.ts";
import { apiDeps } from "./api-deps.ts";
import { holds } from "./holds.ts";
import { useLightFetch } from "./light-fetch.ts";

useLightFetch();

/** The HTTP API behind the gateway. */
export const handler = handle(createApi({ ...apiDeps(), holds: holds("api") }));
