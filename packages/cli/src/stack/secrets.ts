import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ApiKey, Clock, Ids, Keyring } from "@infill/core";
import { makeApiKey, randomIds } from "@infill/core";
import { StackError } from "./error.ts";

/** What a local stack keeps secret: made at its first start, the same ever after, readable by its owner alone. */
export interface LocalSecrets {
  /** Signs callback and result links. */
  keyring: Keyring;
  /** `whsec_…`: what signs to webhooks and to moderation is derived from it, for each tenant its own. */
  webhookSecret: string;
  storage: { accessKeyId: string; secretAccessKey: string };
  apiKey: { text: string; row: ApiKey };
}

/** Reads the secrets of a data directory, or makes them. */
export function localSecrets(directory: string, ids: Ids, clock: Clock): LocalSecrets {
  const file = join(directory, "secrets.json");
  if (existsSync(file)) return readSecrets(file);
  const secrets: LocalSecrets = {
    keyring: { current: "k1", keys: { k1: ids.secret() } },
    webhookSecret: `whsec_${randomBytes(24).toString("base64")}`,
    storage: { accessKeyId: randomBytes(16).toString("hex"), secretAccessKey: randomBytes(32).toString("hex") },
    apiKey: makeApiKey(ids, clock, { tenant: "local", name: "local stack" }),
  };
  write(file, secrets);
  return secrets;
}

/** Whole or not at all: half a file would lock its owner out. */
function write(file: string, secrets: LocalSecrets): void {
  writeFileSync(`${file}.new`, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/**
 * Adds a signing key, which signs from the next start on. The one before it still opens what is out; older ones go.
 * @throws StackError when no stack was ever started there
 */
export function rotateKeyring(directory: string): Keyring {
  const file = join(directory, "secrets.json");
  if (!existsSync(file))
    throw new StackError(`There is no local stack in ${directory}: start one with npx infill serve`);
  const secrets = readSecrets(file);
  const { current, keys } = secrets.keyring;
  const next = `k${Number(current.slice(1)) + 1}`;
  const keyring = { current: next, keys: { [current]: keys[current] ?? "", [next]: randomIds.secret() } };
  write(file, { ...secrets, keyring });
  return keyring;
}

/** Notes another key of the stack's own, which replaces the one before. */
export function replaceApiKey(directory: string, apiKey: LocalSecrets["apiKey"]): void {
  const file = join(directory, "secrets.json");
  write(file, { ...readSecrets(file), apiKey });
}

/** @throws StackError naming the file: without it no link that is out would open, so it is not made anew by itself */
function readSecrets(file: string): LocalSecrets {
  try {
    const secrets = JSON.parse(readFileSync(file, "utf8")) as LocalSecrets;
    const { keyring, webhookSecret, storage, apiKey } = secrets;
    if (keyring.keys[keyring.current] && webhookSecret && storage.secretAccessKey && apiKey.row.id) return secrets;
  } catch {
    // said below, the same for all that can be wrong with it
  }
  throw new StackError(
    `${file} is damaged: restore it, or delete it to start with new keys (links already given out then end)`,
  );
}
