import { randomIds } from "@infill/core";
import type { Http } from "@infill/providers/http";
import { unsafeBecause } from "@infill/providers/safe-url";
import { streamHandle } from "hono/aws-lambda";
import { Resource } from "sst/resource";
import { createCompat } from "../compat/app.ts";
import { engine } from "./engine.ts";
import { required } from "./environment.ts";
import { holds } from "./holds.ts";
import { log, logged } from "./http-log.ts";
import { objects } from "./objects.ts";
import { catalogue } from "./providers.ts";
import { records } from "./records.ts";
import { clock } from "./system.ts";

/**
 * What Lambda takes of a request, bytes, as an event: what is not text is in base64 there, so a
 * multipart body ends a quarter below (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
 * What is larger is refused by the URL, before this function.
 */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;

let http: Http | undefined;

/** The drop-in entry behind a URL of its own: it holds its answers for minutes, and streams them. */
export const handler = streamHandle(
  logged(
    createCompat({
      records: records(),
      objects: objects(),
      engine: engine(),
      catalogue: catalogue(),
      clock,
      ids: randomIds,
      holds: holds("compat"),
      log,
      links: { keyring: Resource.LinkKeyring, publicUrl: required("PUBLIC_URL") },
      // most requests bring their pictures along: the HTTP stack is loaded when one does not
      async fetchPicture(url, signal) {
        const { createHttp, fetchPicture } = await import("@infill/providers/http");
        http ??= createHttp();
        return fetchPicture(http, url, signal);
      },
      namespace: required("NAMESPACE"),
      refuseWebhook: (url) => unsafeBecause(url, { allowLoopback: false }),
      maxBodyBytes: MAX_EVENT_BYTES,
    }),
  ),
);
