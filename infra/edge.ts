import { apiEnvironment, apiLinks, apiRights } from "./api.ts";
import { settings } from "./stage.ts";
import { bundleWorker } from "./worker-bundle.ts";

/**
 * A Worker has no role: SST makes a user of it who may do what is included here, with a key of its own. What
 * would be linked as a bucket or table would be all of them and everything.
 */
const rights = new sst.Linkable("EdgeRights", {
  properties: {},
  // the receiver's are among them, and a user's policy may be so long only
  include: apiRights.map((right) => sst.aws.permission(right)),
});

/**
 * API and receiver once more, at Cloudflare's edge: another door to the same table, storage and workflow.
 */
const worker = new sst.cloudflare.Worker("Edge", {
  handler: bundleWorker($cli.paths.root),
  // the bundle is small and whole already; these leave it so
  build: { minify: true, esbuild: { keepNames: false } },
  ...(settings.edgeDomain === undefined ? { url: true } : { domain: settings.edgeDomain }),
  compatibility: { date: "2026-07-01", flags: ["nodejs_compat"] },
  // a request makes several trips to the table: Cloudflare runs it where they are short
  placement: { mode: "smart" },
  link: [...apiLinks, rights],
  environment: { ...apiEnvironment, AWS_REGION: aws.getRegionOutput().region },
});

/** The Worker's own address: its domain, or one below `workers.dev`. */
export const edge = worker.url;
