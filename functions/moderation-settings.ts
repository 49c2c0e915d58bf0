import type { Moderation } from "@infill/core";
import { unsafeBecause } from "@infill/providers/safe-url";

export interface ModerationSettings {
  /** Asked before anything of an edit is sent to a vendor. */
  url: string;
  onFailure: Moderation["onFailure"];
}

/**
 * Reads what an operator says of moderation in the environment: `INFILL_MODERATION_URL` and
 * `INFILL_MODERATION_ON_FAILURE`.
 * @returns `undefined` where nobody moderates
 * @throws Error saying which one is wrong and what it must be
 */
export function readModerationSettings(
  env: Readonly<Record<string, string | undefined>>,
  { allowLoopback }: { allowLoopback: boolean },
): ModerationSettings | undefined {
  const url = env["INFILL_MODERATION_URL"];
  const onFailure = env["INFILL_MODERATION_ON_FAILURE"] || "refuse";
  if (onFailure !== "refuse" && onFailure !== "allow")
    throw new Error(`INFILL_MODERATION_ON_FAILURE is ${JSON.stringify(onFailure)}: it must be refuse or allow`);
  if (!url) {
    if (env["INFILL_MODERATION_ON_FAILURE"])
      throw new Error("INFILL_MODERATION_ON_FAILURE is set: set INFILL_MODERATION_URL, too");
    return undefined;
  }
  const reason = unsafeBecause(url, { allowLoopback });
  // an address may hold a token: it is not repeated
  if (reason !== undefined)
    throw new Error(
      `INFILL_MODERATION_URL must be an address that begins with https:// (or http://localhost, on a laptop): ${reason}`,
    );
  return { url, onFailure };
}
