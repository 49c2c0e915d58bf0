/** `npm run deploy:offline -- --stage S --json FILE`: deploys without AWS and writes down what would be created. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { deployOffline } from "./deploy.ts";

const { stage, json } = parseArgs({
  options: { stage: { type: "string", default: "ci" }, json: { type: "string" } },
}).values;

try {
  const started = performance.now();
  const { env } = process;
  const settings = Object.entries(env).filter(([name]) => /^(INFILL|SST_SECRET)_/.test(name)) as [string, string][];
  const graph = await deployOffline({ stage, env: Object.fromEntries(settings) });
  if (json !== undefined) writeFileSync(json, JSON.stringify(graph, null, 1));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${stage}: ${graph.resources.length} resources in ${seconds} s${json === undefined ? "" : ` → ${json}`}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
