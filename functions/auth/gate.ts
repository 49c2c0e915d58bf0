import { InfillError, requireScope, type Scope } from "@infill/core";
import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "../api/context.ts";
import { type AuthDeps, identify } from "./identify.ts";
import { countWrite } from "./rate.ts";

/** Paths whose scope is not that of their method. */
const SCOPE_OF: Readonly<Record<string, Scope | "any">> = {
  "/v1/me": "any",
  "/v1/tokens": "tokens",
  "/v1/usage": "admin",
  "/v1/usage/unreconciled": "admin",
};

/** Folders of what is the whole tenant's, whoever of its users it is about. */
const OF_TENANT = /^\/v1\/(events|users|webhooks)(\/|$)/;

/** All that a phone has business with: whatever else there is, and comes to be, is not for tokens. */
const FOR_TOKENS = /^\/v1\/(uploads|inpaint|jobs|models|me)(\/|$)/;
const METHODS_FOR_TOKENS = ["GET", "HEAD", "POST", "DELETE"];

/** Writes that neither make nor spend anything are not counted, nor is deleting. */
const UNCOUNTED = /\/(estimate|cancel|block)$/;

/** Who asks, whether they may, and how often. Reads are not counted: polling is how a job is followed. */
export const gate =
  (deps: AuthDeps): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const caller = await identify(deps, c.req.header("authorization"));
    c.set("caller", caller);
    const reads = c.req.method === "GET" || c.req.method === "HEAD";
    if (caller.token !== undefined) admitToken(c.req);
    const scope = SCOPE_OF[c.req.path] ?? (OF_TENANT.test(c.req.path) ? "admin" : reads ? "read" : "edit");
    if (scope !== "any") requireScope(caller, scope);
    if (!reads && c.req.method !== "DELETE" && !UNCOUNTED.test(c.req.path)) await countWrite(c, deps, caller);
    await next();
  };

/** @throws InfillError `forbidden` */
function admitToken({ path, method }: { path: string; method: string }): void {
  if (FOR_TOKENS.test(path) && METHODS_FOR_TOKENS.includes(method)) return;
  throw new InfillError("forbidden", "A client token is for edits of its own user; this takes an API key");
}
