import { timingSafeEqual } from "node:crypto";
import { InfillError } from "./errors.ts";
import { isId, sha256Hex } from "./ids.ts";
import type { ApiKey, Clock, Ids, Records } from "./ports.ts";

/** Who is asking: everything a caller makes or sees belongs to a tenant. */
export interface Caller {
  tenant: string;
  /** Id of the key. */
  subject: string;
}

/** Makes an API key: the row to keep, and the one time its text is seen: `key_{id}_{secret}`. */
export function makeApiKey(
  ids: Ids,
  clock: Clock,
  owner: { tenant: string; name: string },
): { row: ApiKey; text: string } {
  const id = ids.make("key");
  const text = `${id}_${ids.secret()}`;
  return { text, row: { v: 1, id, hash: sha256Hex(text), createdAt: clock.now(), ...owner } };
}

/**
 * Finds the caller behind an `Authorization` header.
 * @throws InfillError `unauthorized`, the same for an unknown, a wrong and a revoked key
 */
export async function authenticate(
  records: Pick<Records, "getKey">,
  authorization: string | undefined,
): Promise<Caller> {
  if (authorization === undefined)
    throw new InfillError("unauthorized", "Send your API key: Authorization: Bearer key_…");
  const text = /^Bearer +(\S{1,200})$/i.exec(authorization)?.[1];
  const id = text?.slice(0, 30) ?? "";
  const row = isId("key", id) ? await records.getKey(id) : undefined;
  const expected = Buffer.from(row?.hash ?? "0".repeat(64), "hex");
  const given = Buffer.from(sha256Hex(text ?? ""), "hex");
  if (!timingSafeEqual(expected, given) || row === undefined || row.revokedAt !== undefined)
    throw new InfillError("unauthorized", "This API key is not known here, or was revoked");
  return { tenant: row.tenant, subject: row.id };
}
