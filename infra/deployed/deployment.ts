import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { deployOffline, ROOT } from "../offline/deploy.ts";
import type { Graph } from "../offline/graph.ts";

/** A deployment whose bundles run here. */
export interface Deployment {
  graph: Graph;
  /** Where its bundles are: `{function}-src`. */
  artifacts: string;
}

/** A deployment for a machine that is x86_64; its bundles are set aside, where no later one overwrites them. */
export async function deployForThisMachine(options: Parameters<typeof deployOffline>[0]): Promise<Deployment> {
  const graph = await deployOffline({ ...options, env: { ...options.env, INFILL_ARCHITECTURE: "x86_64" } });
  const artifacts = join(ROOT, ".sst/deployed", options.stage);
  rmSync(artifacts, { recursive: true, force: true });
  cpSync(join(ROOT, ".sst/artifacts"), artifacts, { recursive: true });
  return { graph, artifacts };
}
