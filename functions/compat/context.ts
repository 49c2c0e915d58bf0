import type { Caller, JobDeps, UploadDeps } from "@infill/core";

/** All that the drop-in entry needs from outside. */
export interface CompatDeps extends JobDeps, UploadDeps {
  /** Longest body that is read, bytes. */
  maxBodyBytes: number;
  /** Fires when this server stops: held answers are given up, to be asked for again. */
  stopping?: AbortSignal;
}

/** What a request carries on its way through the middleware. */
export interface CompatEnv {
  Variables: { requestId: string; caller: Caller };
}
