import type { TestProject } from "vitest/node";
import { type Deployment, deployForThisMachine } from "../deployed/deployment.ts";
import { ACCESS_KEY } from "./aws-outputs.ts";
import { deployOffline } from "./deploy.ts";
import type { Graph } from "./graph.ts";

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

const production = {
  stage: "production",
  secrets: { ModelslabApiKey: "a-key-that-nobody-has" },
  env: { INFILL_ALARM_EMAIL: "ops@example.com", INFILL_RESULT_DAYS: "30", INFILL_BUILD: "test-build" },
};

const atEdge = {
  ...production,
  stage: "edge",
  env: { ...production.env, INFILL_EDGE: "cloudflare", INFILL_EDGE_DOMAIN: "edge.example.com" },
};

const inR2 = {
  stage: "r2",
  secrets: {
    ...production.secrets,
    R2AccessKeyId: ACCESS_KEY.accessKeyId,
    R2SecretAccessKey: ACCESS_KEY.secretAccessKey,
  },
  env: { ...production.env, INFILL_EDGE: "cloudflare", INFILL_STORAGE: "r2" },
};

/** Somebody's own, with a domain. */
const personal = { stage: "ada", env: { INFILL_LINK_KEY: "2", INFILL_DOMAIN: "edit.example.com" } };

/** Deploys once for all of a run's tests; the bundles of the last one are what the tests about bundles read. */
export async function setup(project: TestProject): Promise<void> {
  project.provide("deployment", await deployForThisMachine(production));
  project.provide("edge", await deployForThisMachine(atEdge));
  project.provide("r2", await deployForThisMachine(inR2));
  project.provide("personal", await deployOffline(personal));
  project.provide("production", await deployOffline(production));
}
