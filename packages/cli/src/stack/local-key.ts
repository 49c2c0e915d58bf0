import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ApiKey, type Clock, makeApiKey, type Records, randomIds } from "@infill/core";
import { replaceApiKey } from "./secrets.ts";

const works = ({ revokedAt, validUntil }: ApiKey, now: number): boolean =>
  revokedAt === undefined && (validUntil === undefined || now < validUntil);

/**
 * Looks whether a running local stack's own key still opens it, and gives the stack another where it does not.
 * @returns the new key and the id of the one that it replaces; `undefined` when the stack's own works
 */
export async function renewLocalKey(
  directory: string,
  { apiKey, records }: { apiKey: string; records: Pick<Records, "getKey" | "putKey"> },
  clock: Clock,
): Promise<{ apiKey: string; replaces: string } | undefined> {
  const [replaces = ""] = /^key_[0-9a-z]{26}/.exec(apiKey) ?? [];
  const own = await records.getKey(replaces);
  if (own !== undefined && works(own, clock.now())) return undefined;
  const made = makeApiKey(randomIds, clock, { tenant: "local", name: "local stack" });
  // kept first: one that is noted and opens nothing is replaced at the next start
  replaceApiKey(directory, made);
  await records.putKey(made.row);
  const found = join(directory, "local.json");
  if (existsSync(found)) {
    const left = JSON.parse(readFileSync(found, "utf8")) as object;
    writeFileSync(found, JSON.stringify({ ...left, apiKey: made.text }), { mode: 0o600 });
  }
  return { apiKey: made.text, replaces };
}
