import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";

/**
 * Amazon's client for browsers reads S3's errors with a DOM, which workerd has not; its client for Node reads
 * them with a parser of its own, which runs anywhere.
 */
const xmlWithoutDom: Plugin = {
  name: "xml-without-dom",
  setup({ onResolve }) {
    onResolve({ filter: /\/xml-parser$/ }, ({ importer }) => ({ path: join(dirname(importer), "xml-parser.js") }));
  },
};

/**
 * The Worker as one module. SST would bundle it, too, and chooses Node's variants of Amazon's clients, which
 * need more of Node than workerd has: what it is given has nothing left to choose. Node's modules that are
 * still in it are workerd's own (`nodejs_compat`).
 * @param root of the repository
 * @returns the module's path, relative to the root
 */
export async function bundleWorker(root: string): Promise<string> {
  const outfile = ".sst/edge/worker.js";
  // the repository's own: by its name alone, a deployment would be given the older one that SST brings along
  const esbuild: typeof import("esbuild") = createRequire(join(root, "package.json"))("esbuild");
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["functions/worker/worker.ts"],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    platform: "browser",
    conditions: ["worker", "browser"],
    external: ["node:*", "cloudflare:*"],
    plugins: [xmlWithoutDom],
    logLevel: "error",
  });
  return outfile;
}
