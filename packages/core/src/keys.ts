import { timingSafeEqual } from "node:crypto";
import { InfillError } from "./errors.ts";
import { isId, sha256Hex } from "./ids.ts";
import type { Limits } from "./limits.ts";
import type { ApiKey, Clock, Ids, Records } from "./ports.ts";

/**
 * What a key may do, all that there is: `edit` – upload, ask for edits, cancel; `read` – jobs, results, models;
 * `tokens` – mint client tokens; `admin` – see what the tenant uses, all its
 * events, register webhook endpoints, and erase an end user.
 */
export const SCOPES = ["edit", "read", "tokens", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** What a client token allows for one end user: nothing beyond it. */
export interface TokenGrant {
  id: string;
  user: string;
  /** Names that edits may ask for; absent = every model. */
  models?: string[];
  /** How many edits. */
  jobs?: number;
  /** micro-USD. */
  spend?: number;
  /** ms since the epoch. */
  expiresAt: number;
}

/** Who is asking: everything a caller makes or sees belongs to a tenant. */
export interface Caller {
  tenant: string;
  /** Whose idempotency keys these are: a key's id, or `user:` and an end user, whatever token they hold. */
  subject: string;
  /** Id of the key that pays: the caller's, or the one that minted the token. */
  keyId: string;
  scopes: readonly Scope[];
  limits?: Limits;
  userLimits?: Limits;
  /** Of a client token; absent = the key itself asks. */
  token?: TokenGrant;
}

/** Makes an API key: the row to keep, and the one time its text is seen: `key_{id}_{secret}`. */
export function makeApiKey(
  ids: Ids,
  clock: Clock,
  owner: Pick<ApiKey, "tenant" | "name" | "scopes" | "validUntil" | "limits" | "userLimits">,
): { row: ApiKey; text: string } {
  const id = ids.make("key");
  const text = `${id}_${ids.secret()}`;
  return { text, row: { v: 1, id, hash: sha256Hex(text), createdAt: clock.now(), ...owner } };
}

const UNKNOWN = "This API key is not known here, has expired, or was revoked";

const works = (row: ApiKey, now: number): boolean =>
  row.revokedAt === undefined && (row.validUntil === undefined || now < row.validUntil);

const callerOf = ({ id, tenant, scopes = [...SCOPES], limits, userLimits }: ApiKey): Caller => ({
  tenant,
  subject: id,
  keyId: id,
  scopes,
  ...(limits === undefined ? {} : { limits }),
  ...(userLimits === undefined ? {} : { userLimits }),
});

/**
 * Finds the caller behind an `Authorization` header.
 * @throws InfillError `unauthorized`, the same for an unknown, a wrong, an expired and a revoked key
 */
export async function authenticate(
  { records, clock }: { records: Pick<Records, "getKey">; clock: Pick<Clock, "now"> },
  authorization: string | undefined,
): Promise<Caller> {
  if (authorization === undefined)
    throw new InfillError("unauthorized", "Send your API key: Authorization: Bearer key_…");
  const text = /^Bearer +(\S{1,200})$/i.exec(authorization)?.[1];
  const id = text?.slice(0, 30) ?? "";
  const row = isId("key", id) ? await records.getKey(id) : undefined;
  const expected = Buffer.from(row?.hash ?? "0".repeat(64), "hex");
  const given = Buffer.from(sha256Hex(text ?? ""), "hex");
  if (!timingSafeEqual(expected, given) || row === undefined || !works(row, clock.now()))
    throw new InfillError("unauthorized", UNKNOWN);
  return callerOf(row);
}

/**
 * The caller who holds a token that was found genuine: as long as the key that minted it works, and may mint.
 * @throws InfillError `unauthorized`
 */
export async function tokenCaller(
  { records, clock }: { records: Pick<Records, "getKey">; clock: Pick<Clock, "now"> },
  { keyId, token }: { keyId: string; token: TokenGrant },
): Promise<Caller> {
  const row = await records.getKey(keyId);
  if (row === undefined || !works(row, clock.now()) || !(row.scopes ?? SCOPES).includes("tokens"))
    throw new InfillError("unauthorized", "The API key behind this token was revoked; mint another token");
  return { ...callerOf(row), subject: `user:${token.user}`, scopes: ["edit", "read"], token };
}

/** @throws InfillError `forbidden` */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.includes(scope)) return;
  const who = caller.token === undefined ? "This API key" : "A client token";
  throw new InfillError("forbidden", `${who} may not do that: it takes the scope ${scope}`, {
    details: { needs: scope, scopes: caller.scopes },
  });
}

/** Whether something of a tenant's and perhaps a user's is the caller's to see: a token sees its user's alone. */
export const isOwn = (caller: Caller, { tenant, user }: { tenant: string; user?: string | undefined }): boolean =>
  tenant === caller.tenant && (caller.token === undefined || user === caller.token.user);

/**
 * The end user whom a request is for: a token's own, whatever the request leaves out.
 * @throws InfillError `forbidden` when a token's request names another
 */
export function userFor({ token }: Caller, named: string | undefined, pointer = "/user"): string | undefined {
  if (token === undefined || named === undefined || named === token.user) return token?.user ?? named;
  throw new InfillError("forbidden", "A client token asks for its own user only: leave user out", { pointer });
}
