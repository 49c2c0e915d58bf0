import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const SERVERS = ["infill", "hono", "node-http"] as const;
export type ServerName = (typeof SERVERS)[number];

export interface Bundle {
  file: string;
  bytes: number;
}

/** One file per server, as functions are deployed: ESM, minified, for Node. */
export async function bundleServers(directory: string): Promise<Record<ServerName, Bundle>> {
  await build({
    entryPoints: SERVERS.map((name) => ({ in: fileURLToPath(new URL(`${name}.ts`, import.meta.url)), out: name })),
    outdir: directory,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    logLevel: "error",
  });
  const sized = SERVERS.map(async (name) => {
    const file = join(directory, `${name}.mjs`);
    return [name, { file, bytes: (await stat(file)).size }] as const;
  });
  return Object.fromEntries(await Promise.all(sized)) as Record<ServerName, Bundle>;
}
