import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");

/** The guide's code, by the file that it names in its first line. */
const blocks = new Map(
  [
    ...(await readFile(join(ROOT, "docs/adding-a-provider.md"), "utf8")).matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g),
  ].map(([, path = "", code = ""]) => [path, code]),
);

/**
 * A project of what the guide makes: what it changes is written, all else is linked. Below the repository, whose
 * packages it uses, in a folder that nothing else reads.
 */
const project = await (async () => {
  await mkdir(join(ROOT, ".infill"), { recursive: true });
  const directory = await mkdtemp(join(ROOT, ".infill/guide-"));
  for (const folder of ["providers/src", "providers/test", "simulators", "simulators/src", "cli/src"]) {
    await mkdir(join(directory, "packages", folder), { recursive: true });
    for (const name of await readdir(join(ROOT, "packages", folder))) {
      const path = `packages/${folder}/${name}`;
      const others = folder === "providers/test" && name !== "link-scenarios.ts";
      if (!others && !blocks.has(path) && path !== "packages/simulators/src")
        await symlink(join(ROOT, path), join(directory, path));
    }
  }
  for (const [path, code] of blocks) {
    await mkdir(join(directory, dirname(path)), { recursive: true });
    await writeFile(join(directory, path), await withLines(path, code));
  }
  await mkdir(join(directory, "node_modules/@infill"), { recursive: true });
  await symlink(join(directory, "packages/simulators"), join(directory, "node_modules/@infill/simulators"));
  await writeFile(join(directory, "package.json"), '{"type":"module"}');
  const include = [...blocks.keys()];
  await writeFile(join(directory, "tsconfig.json"), JSON.stringify({ extends: "../../tsconfig.json", include }));
  return directory;
})();

/** A new file, or one that there is with the lines that the guide adds to it. */
async function withLines(path: string, code: string): Promise<string> {
  const before = await readFile(join(ROOT, path), "utf8").catch(() => undefined);
  if (before === undefined) return code;
  const lines = code.trimEnd().split("\n");
  const entries = lines.filter((line) => line.startsWith(" "));
  const table = /^(?:export )?const (?:registry|SIMULATORS)\b.*\{$/m;
  if (entries.length > 0) expect(before).toMatch(table);
  const top = lines.filter((line) => !entries.includes(line));
  return [...top, before.replace(table, (opening) => [opening, ...entries].join("\n"))].join("\n");
}

afterAll(() => rm(project, { recursive: true }));

describe("what the guide to a new provider says to write", () => {
  test("is every file that it takes", () => {
    expect([...blocks.keys()]).toEqual([
      "packages/providers/src/acme/models.ts",
      "packages/providers/src/acme/index.ts",
      "packages/providers/src/registry.ts",
      "packages/simulators/src/acme/start.ts",
      "packages/simulators/src/index.ts",
      "packages/cli/src/simulate.ts",
      "packages/providers/test/acme.test.ts",
    ]);
  });

  test.each([...blocks].filter(([path]) => path.includes("acme")))(
    "is in the house's style: %s",
    async (path, code) => {
      const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
      const run = promisify(execFile)(process.execPath, [biome, "check", "--write", `--stdin-file-path=${path}`], {
        cwd: ROOT,
      });
      run.child.stdin?.end(code);
      expect((await run).stdout).toBe(code);
    },
  );

  test("is correct TypeScript", async () => {
    const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
    const compiled = promisify(execFile)(process.execPath, [compiler, "-p", project]);
    const { stdout } = await compiled.catch((error: { stdout: string }) => error);
    expect(stdout).toBe("");
  });
});

// its own tests, the contract among them
await import(join(project, "packages/providers/test/acme.test.ts"));
