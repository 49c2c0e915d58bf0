import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { CLOUDFLARE_ACCOUNT } from "./aws-outputs.ts";
import { startControlPlane } from "./control-plane.ts";
import type { Graph } from "./graph.ts";

export const ROOT = resolve(import.meta.dirname, "../..");
const SST = join(ROOT, "node_modules/.bin/sst");
/** Where SST looks for `pulumi`, and keeps nothing of the person who runs this. */
const HOME = join(ROOT, ".sst/offline");
/** Written by SST, and checked in. */
const TYPES = join(ROOT, "sst-env.d.ts");

/**
 * `sst deploy`, without AWS: the real CLI, components and bundles; what is stood in for is `pulumi`
 * and the few calls the CLI makes to AWS. The bundles are then in `.sst/artifacts`.
 *
 * @param options.secrets as `sst secret set` would have set them
 * @param options.env settings: what `infra/stage.ts` reads
 * @throws Error with SST's own output when the deployment fails
 */
export async function deployOffline(options: {
  stage: string;
  secrets?: Record<string, string>;
  env?: Record<string, string>;
}): Promise<Graph> {
  const { stage, secrets = {}, env = {} } = options;
  await installPlatform();
  const graphFile = join(HOME, `graph.${stage}.json`);
  mkdirSync(join(HOME, "sst/bin"), { recursive: true });
  rmSync(graphFile, { force: true });
  const standIn = join(import.meta.dirname, "pulumi.ts");
  writeFileSync(join(HOME, "sst/bin/pulumi"), `#!/bin/sh\nexec "${process.execPath}" "${standIn}" "$@"\n`, {
    mode: 0o755,
  });

  const types = readFileSync(TYPES);
  const aws = await startControlPlane();
  try {
    const { code, output } = await sst(["deploy"], {
      SST_STAGE: stage,
      XDG_CONFIG_HOME: HOME,
      INFILL_OFFLINE_GRAPH: graphFile,
      AWS_ENDPOINT_URL: aws.url,
      AWS_ACCESS_KEY_ID: "offline",
      AWS_SECRET_ACCESS_KEY: "offline",
      CLOUDFLARE_API_TOKEN: "offline",
      CLOUDFLARE_DEFAULT_ACCOUNT_ID: CLOUDFLARE_ACCOUNT,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      ...Object.fromEntries(Object.entries(secrets).map(([name, value]) => [`SST_SECRET_${name}`, value])),
      ...env,
    });
    if (code !== 0 || !existsSync(graphFile)) {
      writeFileSync(TYPES, types); // of a configuration that is refused, SST leaves an empty one
      throw new Error(`The offline deploy of ${stage} failed:\n${output}`);
    }
    return JSON.parse(readFileSync(graphFile, "utf8")) as Graph;
  } finally {
    aws.close();
  }
}

/** SST's components and its providers' SDKs, from the npm registry: about a minute, the first time only. */
export async function installPlatform(): Promise<void> {
  if (existsSync(join(ROOT, ".sst/platform/node_modules/@pulumi/aws"))) return;
  const { code, output } = await sst(["install"], { SST_STAGE: "offline" });
  if (code !== 0) throw new Error(`sst install failed:\n${output}`);
}

/** Longer than a first installation. */
const TIMEOUT_MS = 300_000;

/** Runs the CLI in this process's environment, so that npm finds its registry, but with nobody's account or settings. */
async function sst(args: string[], env: Record<string, string>): Promise<{ code: number; output: string }> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(AWS|CLOUDFLARE|SST|PULUMI|INFILL)_|^NODE_ENV$/.test(name),
  );
  const child = spawn(SST, args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a group of its own: the CLI, pulumi and npm end together
    env: {
      ...Object.fromEntries(inherited),
      CI: "1",
      NO_BUN: "1",
      SST_SKIP_DEPENDENCY_CHECK: "1",
      SST_TELEMETRY_DISABLED: "1",
      ...env,
    },
  });
  const { pid } = child;
  const late = setTimeout(() => pid !== undefined && process.kill(-pid, "SIGKILL"), TIMEOUT_MS);
  try {
    const [out, err, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (exit) => resolve(exit ?? 1));
      }),
    ]);
    return { code, output: out + err };
  } finally {
    clearTimeout(late);
  }
}
