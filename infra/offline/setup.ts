import type { TestProject } from "vitest/node";
import { type Deployment, deployForThisMachine } from "../deployed/deployment.ts";
import { deployOffline } from "./deploy.ts";
import type { Graph } from "./graph.ts";
import { atEdge, inR2, personal, production } from "./stages.ts";

declare module "vitest" {
  interface ProvidedContext {
    production: Graph;
    personal: Graph;
    /** Production once more, for this machine's architecture. */
    deployment: Deployment;
    /** And with the API at Cloudflare's edge. */
    edge: Deployment;
    /** And with the pictures there, too, and no domain. */
    r2: Deployment;
  }
}

/** Deploys once for all of a run's tests; the bundles of the last one are what the tests about bundles read. */
export async function setup(project: TestProject): Promise<void> {
  project.provide("deployment", await deployForThisMachine(production));
  project.provide("edge", await deployForThisMachine(atEdge));
  project.provide("r2", await deployForThisMachine(inR2));
  project.provide("personal", await deployOffline(personal));
  project.provide("production", await deployOffline(production));
}
