#!/usr/bin/env node
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT } from "./exit.ts";
import { runCli } from "./program.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const stop = new AbortController();

/** The first Ctrl-C (or SIGTERM) asks to stop, the second does not ask. */
function onSignal(): void {
  if (stop.signal.aborted) process.exit(EXIT.interrupted);
  stop.abort();
}

/** Other listeners are removed: local storage's runtime has one that ends the process at once. */
function takeInterrupts(): AbortSignal {
  for (const name of SIGNALS) process.removeAllListeners(name).on(name, onSignal);
  return stop.signal;
}

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  fetch,
  clock: {
    now: Date.now,
    sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
  },
  takeInterrupts,
});
