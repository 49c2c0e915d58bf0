import type { Caller, Clock, Holds, JobDeps, Links, Log, UploadDeps } from "@infill/core";

/** The API's own specification, for programs and for people: read when it is asked for. */
export interface Reference {
  /** OpenAPI as JSON. */
  specification(): Promise<string>;
  /** One page of HTML. */
  page(): Promise<string>;
}

/** All that the API needs from outside. */
export interface ApiDeps extends JobDeps, UploadDeps {
  links: Links;
  /** `whsec_…`, the newest first: what signs to the webhooks that a tenant's jobs name. */
  webhookSecrets: (tenant: string) => readonly string[];
  /** Names this build, for `/healthz`. */
  build: string;
  clock: Clock;
  log: Log;
  /** Absent at a door that cannot carry it: a Worker has no files. */
  reference?: Reference;
  /** Places for held answers; absent = as many as ask. Without a place an answer is given at once. */
  holds?: Holds;
  /** Fires when this server stops: held answers are given at once, as they are. */
  stopping?: AbortSignal;
}

/** What a request carries on its way through the middleware. */
export interface ApiEnv {
  Variables: { requestId: string; caller: Caller };
}
