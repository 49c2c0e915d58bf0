/** `npm run deploy -- --stage S`: looks whether a deployment can succeed, then is `sst deploy`. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { resolve } from "node:path";
import process from "node:process";
import { environmentOf, readCommandLine, stageOf, withConcurrency } from "./preflight/command-line.ts";
import { preflight } from "./preflight/preflight.ts";

const require = createRequire(import.meta.url);
const ROOT = resolve(import.meta.dirname, "..");
const HELP = `npm run deploy -- --stage STAGE [--skip-preflight] [flags of sst deploy]

Checks what a deployment needs – region, credentials, durable functions, concurrency, rights – and then
runs sst deploy with the remaining flags. A failed check stops it with exit code 1; a warning does not.

  --stage STAGE      the stage; "production" protects its data (default: your personal stage)
  --skip-preflight   deploy without looking
  --help             this text; npx sst deploy --help lists the flags of sst deploy

Region and credentials are found as AWS's own tools find them: AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID …,
~/.aws. Settings come from the environment, .env and .env.STAGE. More in docs/deploy.md.`;

/**
 * Runs `sst deploy` in our place: the program itself, for the script in `node_modules/.bin` that starts it waits
 * for it in a way that no signal gets past. As with that script, SST_BIN_PATH names another program.
 * @returns its exit code, as a shell would count it
 */
function deploy(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { platform, arch } = process;
  const program = `sst-${platform}-${arch}/bin/${platform === "win32" ? "sst.exe" : "sst"}`;
  const child = spawn(env["SST_BIN_PATH"] || require.resolve(program), ["deploy", ...args], {
    cwd: ROOT,
    env,
    stdio: "inherit",
  });
  // a terminal's Ctrl-C has reached sst by itself, and twice means at once to it; the rest is passed on
  const fromTerminal = process.stdin.isTTY === true;
  process.on("SIGINT", () => fromTerminal || child.kill("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code, signal) => done(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

const { help, skipPreflight, forSst, ...flags } = readCommandLine(process.argv.slice(2));
if (help) console.log(HELP);
else {
  const stage = stageOf(ROOT, process.env, flags.stage);
  const env = environmentOf(ROOT, process.env, stage);
  // AWS's clients read the process's own
  Object.assign(process.env, env);
  const { passed, concurrency } = skipPreflight
    ? { passed: true }
    : await preflight({ env, stage: stage ?? "dev" }, console.log);
  if (passed) process.exitCode = await deploy(forSst, withConcurrency(env, concurrency));
  else {
    console.error("\nNothing was deployed. --skip-preflight deploys all the same.");
    process.exitCode = 1;
  }
}
