import type { TestProject } from "vitest/node";
import { type Deployment, deployForThisMachine, deploySetAside } from "../deployed/deployment.ts";
import type { Graph } from "./graph.ts";
import { atEdge, inR2, personal, production } from "./stages.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** For a machine that is x86_64, as those below: what runs here. */
    deployment: Deployment;
    /** Of the same. */
    production: Graph;
    /** For arm64, as a deployment is unless it says otherwise. */
    personal: Graph;
    /** Where the bundles of that are. */
    personalArtifacts: string;
    /** And with the API at Cloudflare's edge. */
    edge: Deployment;
    /** And with the pictures there, too, and no domain. */
    r2: Deployment;
  }
}

/** Deploys once for all of a run's tests; the bundles of the last one are what the tests about bundles read. */
export async function setup(project: TestProject): Promise<void> {
  const armed = await deploySetAside(personal);
  project.provide("personal", armed.graph);
  project.provide("personalArtifacts", armed.artifacts);
  project.provide("edge", await deployForThisMachine(atEdge));
  project.provide("r2", await deployForThisMachine(inR2));
  const deployment = await deployForThisMachine(production);
  project.provide("deployment", deployment);
  project.provide("production", deployment.graph);
}
