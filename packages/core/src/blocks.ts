import { InfillError } from "./errors.ts";
import { sha256Hex } from "./ids.ts";
import type { Caller } from "./keys.ts";
import type { Clock, Records } from "./ports.ts";

/** An end user who may make nothing more. No name is in it: it outlives the erasing of a user, or that would lift it. */
export interface Block {
  v: 1;
  /** {@link blockIdOf} */
  id: string;
  tenant: string;
  /** ms since the epoch. */
  blockedAt: number;
}

/** Hex SHA-256 of whose user it is, and of which, by the name as requests are read: to whoever knows the name, it tells. */
export const blockIdOf = (tenant: string, user: string): string => sha256Hex(JSON.stringify(["block", tenant, user]));

/** Whatever this user of the caller's asks for from now on is refused. @returns the block: the first one's time stays */
export const blockUser = (
  { records, clock }: { records: Pick<Records, "putBlock">; clock: Pick<Clock, "now"> },
  { tenant }: Pick<Caller, "tenant">,
  user: string,
): Promise<Block> => records.putBlock({ v: 1, id: blockIdOf(tenant, user), tenant, blockedAt: clock.now() });

/** Lifts it; nothing happens where there is none. */
export const unblockUser = (
  { records }: { records: Pick<Records, "removeBlock"> },
  { tenant }: Pick<Caller, "tenant">,
  user: string,
): Promise<void> => records.removeBlock(blockIdOf(tenant, user));

/** Whether nothing more is made for an end user of this tenant. */
export const isBlocked = async (
  { records }: { records: Pick<Records, "getBlock"> },
  { tenant }: Pick<Caller, "tenant">,
  user: string,
): Promise<boolean> => (await records.getBlock(blockIdOf(tenant, user))) !== undefined;

/**
 * Asked wherever an end user would make something: a job, an upload, a token. Whoever names none costs nothing.
 * @throws InfillError `forbidden` for one who is blocked
 */
export async function refuseBlocked(
  deps: { records: Pick<Records, "getBlock"> },
  caller: Pick<Caller, "tenant">,
  user: string | undefined,
): Promise<void> {
  if (user === undefined || !(await isBlocked(deps, caller, user))) return;
  throw new InfillError("forbidden", "This user is blocked: nothing is made for them until that is lifted", {
    details: { blocked: true },
  });
}
