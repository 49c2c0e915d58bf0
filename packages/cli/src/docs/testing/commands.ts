import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sstSecretName } from "@infill/functions/secret-names";
import { registry } from "@infill/providers";
import { expect } from "vitest";
import { run } from "../../testing/run.ts";
import { ROOT } from "./blocks.ts";

const SECRETS = [
  ...Object.values(registry).flatMap(({ secretName }) => (secretName === undefined ? [] : [sstSecretName(secretName)])),
  "R2AccessKeyId",
  "R2SecretAccessKey",
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
