import { type Caller, requireScope } from "@infill/core";
import type { Context } from "hono";
import { identify } from "../auth/identify.ts";
import { countWrite } from "../auth/rate.ts";
import type { CompatDeps, CompatEnv } from "./context.ts";

/**
 * Lets a key or a client token in, wherever a format has it.
 * @param authorization as the header of that name would have it
 * @param reads whether it only looks, where the method does not tell
 * @throws InfillError `unauthorized`, `forbidden` or `rate_limited`
 */
export async function admit(
  deps: CompatDeps,
  c: Context<CompatEnv>,
  authorization: string | undefined,
  reads: boolean = c.req.method === "GET",
): Promise<Caller> {
  const caller = await identify(deps, authorization);
  c.set("caller", caller);
  requireScope(caller, reads ? "read" : "edit");
  if (!reads) await countWrite(c, deps, caller);
  return caller;
}
