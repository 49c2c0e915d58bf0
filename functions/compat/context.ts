import type { Caller, Holds, JobDeps, Links, UploadDeps } from "@infill/core";

/** All that the drop-in entry needs from outside. */
export interface CompatDeps extends JobDeps, UploadDeps {
  /** For links to results that need no key. */
  links: Links;
  /** A picture from an address that a caller names, through the guarded door. @throws whatever is wrong with it */
  fetchPicture(url: string, signal: AbortSignal): Promise<Uint8Array>;
  /** Longest body that is read, bytes. */
  maxBodyBytes: number;
  /** Places for held answers; absent = as many as ask. Without a place nothing is begun. */
  holds?: Holds;
  /** Fires when this server stops: held answers are given up, to be asked for again. */
  stopping?: AbortSignal;
}

/** What a request carries on its way through the middleware. */
export interface CompatEnv {
  Variables: { requestId: string; caller: Caller };
}
