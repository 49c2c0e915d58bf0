import {
  authenticate,
  type Caller,
  type Clock,
  InfillError,
  type Links,
  type Records,
  tokenCaller,
} from "@infill/core";
import { looksLikeToken, openToken } from "./token.ts";

export interface AuthDeps {
  records: Pick<Records, "getKey" | "count">;
  clock: Clock;
  links: Pick<Links, "keyring">;
  namespace: string;
}

/** Longest bearer text that is looked at: more than the longest token, which names fifty models. */
const MAX_TOKEN = 6000;

/**
 * Whoever holds the API key or the client token of an `Authorization` header.
 * @throws InfillError `unauthorized`
 */
export async function identify(deps: AuthDeps, authorization: string | undefined): Promise<Caller> {
  const text = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  if (!looksLikeToken(text) || text.length > MAX_TOKEN) return authenticate(deps, authorization);
  const { keyring } = deps.links;
  const opened = await openToken({ keyring, namespace: deps.namespace }, text, deps.clock.now());
  if (opened === undefined)
    throw new InfillError(
      "unauthorized",
      "This client token is wrong or has expired; have your app's backend mint another",
    );
  const caller = await tokenCaller(deps, opened);
  if (caller.tenant !== opened.tenant) throw new InfillError("unauthorized", "This client token is wrong");
  return caller;
}
