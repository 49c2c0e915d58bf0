import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";

/** What `npm run deploy -- …` was asked for. */
export interface CommandLine {
  help: boolean;
  skipPreflight: boolean;
  /** All the rest, as it came: `sst deploy`'s. */
  forSst: string[];
  stage?: string;
}

export function readCommandLine(argv: readonly string[]): CommandLine {
  const own = new Set(["--help", "-h", "--skip-preflight"]);
  const forSst = argv.filter((argument) => !own.has(argument));
  const at = forSst.findIndex((argument) => /^--stage(=|$)/.test(argument));
  const stage = at < 0 ? undefined : (forSst[at]?.split("=")[1] ?? forSst[at + 1]);
  return {
    help: argv.includes("--help") || argv.includes("-h"),
    skipPreflight: argv.includes("--skip-preflight"),
    forSst,
    ...(stage === undefined ? {} : { stage }),
  };
}

const read = (root: string, name: string): string => {
  const file = join(root, name);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
};

/** The stage that sst will take: the flag's, SST_STAGE, or the personal one that it noted. `undefined` = it will make one up. */
export const stageOf = (root: string, env: NodeJS.ProcessEnv, flag?: string): string | undefined =>
  flag || env["SST_STAGE"] || read(root, ".sst/stage").trim() || undefined;

/**
 * The environment a deployment will see: SST reads `.env` and `.env.{stage}`, the latter over the former
 * and both over what is set.
 * @param root folder of `sst.config.ts`
 */
export const environmentOf = (root: string, env: NodeJS.ProcessEnv, stage?: string): NodeJS.ProcessEnv => ({
  ...env,
  ...parseEnv(read(root, ".env")),
  ...(stage === undefined ? {} : parseEnv(read(root, `.env.${stage}`))),
});

/** As much as a setting takes: `infra/stage.ts`. */
const MOST = 99_999;

/** The measured number of functions at once as the setting that says so, where nobody has set another. */
export const withConcurrency = (env: NodeJS.ProcessEnv, concurrency: number | undefined): NodeJS.ProcessEnv => ({
  ...(concurrency === undefined ? {} : { INFILL_CONCURRENCY: String(Math.min(MOST, concurrency)) }),
  ...env,
});
