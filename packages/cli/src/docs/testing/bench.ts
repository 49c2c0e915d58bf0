import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Caller, newCaller } from "@infill/functions/testing";
import { systemTime, type Time } from "@infill/simulators";
import { vi } from "vitest";
import { type Simulators, startSimulators } from "../../simulate.ts";
import { startStack } from "../../stack/stack.ts";
import { ROOT } from "./blocks.ts";

const run = promisify(execFile);

/** Vendors paint ten times as fast as they would: who runs the pages waits less, and nothing else differs. */
const STARTED = Date.now();
const HASTE = 10;
const hasty: Time = {
  now: () => STARTED + (systemTime.now() - STARTED) * HASTE,
  schedule: (ms, then) => systemTime.schedule(ms / HASTE, then),
};

/** A reader at a terminal: the repository, a simulated stack that runs, and its key. */
export interface Bench extends AsyncDisposable {
  url: string;
  apiKey: string;
  webhookSecret: string;
  simulators: Simulators;
  /** The reader's folder: what the code writes goes here, and not into the repository. */
  folder: string;
  /** Runs shell code, which must succeed, with this stack's address and key in place of the page's. @returns what it printed */
  sh(code: string, env?: Record<string, string>): Promise<string>;
  /** The same for a module of TypeScript or JavaScript. */
  node(code: string, env?: Record<string, string>): Promise<string>;
  /** Somebody with the same key, for what a page takes for granted. */
  caller: Caller;
}

export async function startBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "infill-reader-"));
  for (const path of ["package.json", "node_modules", "packages/cli/src", "packages/client"]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(ROOT, path), join(folder, path));
  }
  cpSync(join(ROOT, "packages/cli/sample"), join(folder, "packages/cli/sample"), { recursive: true });
  const simulated = await startSimulators(hasty);
  const stack = await startStack({
    dataDirectory: join(folder, ".infill"),
    port: 0,
    providers: simulated.providers,
  });
  const { url, apiKey, webhookSecret } = stack;

  const here = (code: string) =>
    code
      .replaceAll(/http:\/\/localhost:8787|https:\/\/(?:edit|infill)\.example\.com/g, url)
      .replaceAll(/\bkey_…/g, apiKey)
      .replaceAll(/\bINFILL_URL=https:\/\/…/g, `INFILL_URL=${url}`);
  const environment = {
    PATH: `${join(folder, "node_modules/.bin")}:${dirname(process.execPath)}:${process.env["PATH"]}`,
    HOME: folder,
    INFILL_URL: url,
    INFILL_API_KEY: apiKey,
  };
  const spawned = async (command: string, args: string[], env: Record<string, string>) => {
    const { stdout } = await run(command, args, { cwd: folder, env: { ...environment, ...env }, timeout: 60_000 });
    return stdout;
  };
  let modules = 0;
  // time passes by itself here: whoever waits looks again
  const advanceUntil = async (holds: () => boolean | Promise<boolean>) =>
    void (await vi.waitUntil(holds, { timeout: 30_000, interval: 20 }));
  const caller = await newCaller({ url, records: stack.records, advanceUntil }, apiKey);
  return {
    caller,
    url,
    apiKey,
    webhookSecret,
    simulators: simulated.simulators,
    folder,
    // npx by what it comes to, without asking npm where that is
    sh: (code, env = {}) =>
      spawned("bash", ["--norc", "-euo", "pipefail", "-c", `npx() { "$@"; }\n${here(code)}`], env),
    node(code, env = {}) {
      const path = join(folder, `block-${++modules}.mts`);
      writeFileSync(path, here(code));
      return spawned(process.execPath, [path], env);
    },
    async [Symbol.asyncDispose]() {
      await stack.close();
      await simulated.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
