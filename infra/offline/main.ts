/** `npm run deploy:offline -- --stage S --json FILE`: deploys without AWS and writes down what would be created. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { deployOffline, installPlatform } from "./deploy.ts";

const HELP = `npm run deploy:offline -- [--stage STAGE] [--json FILE] [--install]

Deploys without AWS: sst deploy with its real components and bundles, against stand-ins for Pulumi and AWS on
this machine. Says how many resources would be created. Settings come from the environment: INFILL_…,
SST_SECRET_… .

  --stage STAGE   the stage (default: ci); "production" is made as the real one
  --json FILE     write what would be created there, as JSON
  --install       install what SST needs, as the first deploy would, and deploy nothing
  --help          this text`;

/** @returns `undefined` for a command line that is wrong, which is said */
function readArguments(): { stage: string; json?: string; install?: boolean; help?: boolean } | undefined {
  try {
    return parseArgs({
      options: {
        stage: { type: "string", default: "ci" },
        json: { type: "string" },
        install: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split(/\n|\. To specify/);
    console.error(`${line}; npm run deploy:offline -- --help tells what there is`);
    process.exitCode = 2;
    return undefined;
  }
}

async function run({ stage, json, install }: { stage: string; json?: string; install?: boolean }): Promise<void> {
  try {
    if (install) return await installPlatform();
    const started = performance.now();
    console.error(
      `Deploying ${stage} to nowhere: sst builds every bundle and evaluates sst.config.ts, about a minute …`,
    );
    const settings = Object.entries(process.env).filter(([name]) => /^(INFILL|SST_SECRET)_/.test(name));
    const graph = await deployOffline({ stage, env: Object.fromEntries(settings) as Record<string, string> });
    if (json !== undefined) writeFileSync(json, JSON.stringify(graph, null, 1));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const where = json === undefined ? "" : ` → ${json}`;
    console.log(`${stage}: ${graph.resources.length} resources in ${seconds} s${where}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

const asked = readArguments();
if (asked?.help) console.log(HELP);
else if (asked !== undefined) await run(asked);
