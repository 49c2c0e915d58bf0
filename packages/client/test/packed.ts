import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { buildPackage } from "../build.ts";

const run = promisify(execFile);

export interface Installed extends AsyncDisposable {
  /** A project in which the package is installed. */
  directory: string;
  /** Its module, as that project has it. */
  module: typeof import("../src/index.ts");
  /** The module's file. */
  path: string;
}

/** What `npm pack` packs, unpacked where `npm install` would put it. */
export async function installPacked(): Promise<Installed> {
  const directory = await mkdtemp(join(tmpdir(), "infill-client-"));
  const [built, home] = [join(directory, "built"), join(directory, "node_modules/@infill/client")];
  await buildPackage(built);
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", directory], { cwd: built });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await mkdir(home, { recursive: true });
  await run("tar", ["-xzf", join(directory, filename), "-C", home, "--strip-components=1"]);
  await writeFile(join(directory, "package.json"), '{"type":"module"}');
  const path = join(home, "index.js");
  return {
    directory,
    path,
    module: await import(pathToFileURL(path).href),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}
