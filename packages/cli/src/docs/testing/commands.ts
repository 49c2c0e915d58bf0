import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sstSecretName } from "@infill/functions/secret-names";
import { registry } from "@infill/providers";
import { readCatalogueSettings } from "@infill/providers/catalogue-settings";
import { expect } from "vitest";
import { run } from "../../testing/run.ts";
import type { Bench } from "./bench.ts";
import { type Block, ROOT } from "./blocks.ts";
import { read, serves } from "./readers.ts";

const SECRETS = [
  ...Object.values(registry).flatMap(({ secretName }) => (secretName === undefined ? [] : [sstSecretName(secretName)])),
  "R2AccessKeyId",
  "R2SecretAccessKey",
  "ModerationSecret",
];

/**
 * Shell code that cannot run here names what there is: scripts, files, secrets, commands of `infill`
 * and their flags.
 */
export async function namesCommands(code: string): Promise<void> {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
  for (const [line = ""] of code.matchAll(/^[^#\n]*\S/gm)) {
    const script = /npm run (\S+)/.exec(line)?.[1];
    if (script !== undefined) expect(Object.keys(scripts), line).toContain(script);
    const file = /npx node (\S+)/.exec(line)?.[1];
    if (file !== undefined) expect(existsSync(join(ROOT, file)), line).toBe(true);
    const secret = /sst secret set (\S+)/.exec(line)?.[1];
    if (secret !== undefined) expect(SECRETS, line).toContain(secret);
    const words = /npx infill ((?:[a-z]+ ?)+)(.*)/.exec(line);
    if (words === null) continue;
    const { exitCode, stdout } = await run([...(words[1] ?? "").trim().split(" "), "--help"], { cwd: ROOT });
    expect(exitCode, line).toBe(0);
    for (const [flag] of (words[2] ?? "").matchAll(/--[a-z-]+/g)) expect(stdout, line).toContain(flag);
  }
}

/** A setting of the operator's, as `infill serve` and a deployment read it. */
export async function isSetting(bench: Bench, { code }: Block): Promise<void> {
  const [, name = ""] = /^(\w+)=/.exec(code) ?? [];
  const value = (await bench.sh(`${code}\nprintf %s "$${name}"`)).trim();
  const names = Object.entries(JSON.parse(value) as object).flatMap(([of, next]) =>
    Array.isArray(next) ? [of, ...next] : [of],
  );
  for (const model of names.filter((of) => !(of in registry)))
    expect((await bench.caller.api(`/v1/models/${model}`)).status, model).toBe(200);
  expect(
    Object.values(readCatalogueSettings({ [name]: value })).filter((setting) => setting !== undefined),
  ).toHaveLength(1);
}

/** Shell code that succeeds, and prints these words. */
export const prints =
  (...words: string[]) =>
  async (bench: Bench, { code }: Block): Promise<void> => {
    const printed = await bench.sh(code);
    for (const word of words) expect(printed).toContain(word);
  };

/** A command that fails; what it says of that is kept for the block that shows it. */
export async function isRefused(bench: Bench, { code }: Block): Promise<void> {
  const said = await bench.sh(`{ ${code.trim()} 2>&1 && exit 1; } || true`);
  writeFileSync(join(bench.folder, "refused.txt"), said);
}

export async function isRefusal(bench: Bench, { code }: Block): Promise<void> {
  expect(read(bench, "refused.txt").toString()).toContain(code.trim());
}

/** Each line serves until it is stopped, and says where. */
export async function serveEach(bench: Bench, { code }: Block): Promise<void> {
  for (const line of code.trim().split("\n")) await serves(bench, line);
}
