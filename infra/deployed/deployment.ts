import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { deployOffline, ROOT } from "../offline/deploy.ts";
import type { Graph } from "../offline/graph.ts";

/** A deployment, and its bundles. */
export interface Deployment {
  graph: Graph;
  /** Where its bundles are: `{function}-src`. */
  artifacts: string;
}

type Options = Parameters<typeof deployOffline>[0];

/** A deployment for a machine that is x86_64. */
export const deployForThisMachine = (options: Options): Promise<Deployment> =>
  deploySetAside({ ...options, env: { ...options.env, INFILL_ARCHITECTURE: "x86_64" } });

/** A deployment whose bundles are set aside, where no later one overwrites them. */
export async function deploySetAside(options: Options): Promise<Deployment> {
  const graph = await deployOffline(options);
  const artifacts = join(ROOT, ".sst/deployed", options.stage);
  rmSync(artifacts, { recursive: true, force: true });
  cpSync(join(ROOT, ".sst/artifacts"), artifacts, { recursive: true });
  return { graph, artifacts };
}
