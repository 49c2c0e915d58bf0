import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

const HERE = import.meta.dirname;

/**
 * Makes the package that is published: one module of JavaScript, its types, and a package.json that names them.
 * Inside the workspace nothing is built: there the package is its TypeScript.
 * @param outdir where; emptied first
 */
export async function buildPackage(outdir: string): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  await build({
    entryPoints: [join(HERE, "src/index.ts")],
    outfile: join(outdir, "index.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
  });
  const tsc = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
  const flags = ["--emitDeclarationOnly", "--declaration", "--noEmit", "false", "--rewriteRelativeImportExtensions"];
  await promisify(execFile)(process.execPath, [
    tsc,
    "-p",
    join(HERE, "tsconfig.build.json"),
    ...flags,
    "--outDir",
    join(outdir, "types"),
  ]);
  await renameImports(join(outdir, "types"));
  const {
    private: _,
    scripts: __,
    exports: ___,
    ...about
  } = JSON.parse(await readFile(join(HERE, "package.json"), "utf8"));
  const manifest = {
    ...about,
    exports: { ".": { types: "./types/index.d.ts", default: "./index.js" } },
    types: "./types/index.d.ts",
  };
  await writeFile(join(outdir, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await cp(join(HERE, "README.md"), join(outdir, "README.md"));
}

/** Declarations name each other as the compiler of whoever installs this looks for them. */
async function renameImports(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    await writeFile(path, (await readFile(path, "utf8")).replaceAll(/(["'])(\.\/[^"']+)\.ts\1/g, "$1$2.js$1"));
  }
}

if (import.meta.main) await buildPackage(join(HERE, "dist"));
