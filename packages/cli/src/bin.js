#!/usr/bin/env node
/**
 * The command `infill`. Everything else is TypeScript, which an older Node cannot even read: where the one that runs
 * this is older, the workspace's own runs it.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const NEEDED = 24;
const MAIN = new URL("./main.ts", import.meta.url);

/** Node 24 from the workspace's `node_modules`, when it is installed. */
function ownNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("node/package.json"));
    const program = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined; // it is not installed
  }
}

/** Runs the command on that Node: its exit code, and its end by a signal, are ours. */
function runOn(/** @type {string} */ program) {
  const child = spawn(program, [fileURLToPath(MAIN), ...process.argv.slice(2)], { stdio: "inherit" });
  // a terminal's Ctrl-C has reached it by itself, and twice means at once to it; the rest is passed on
  const fromTerminal = process.stdin.isTTY === true;
  process.on("SIGINT", () => fromTerminal || child.kill("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("close", (code, signal) => {
    process.exitCode = code === null ? 128 + (signal === null ? 0 : constants.signals[signal]) : code;
  });
}

const program = ownNode();
if (Number(process.versions.node.split(".")[0]) >= NEEDED) await import(MAIN.href);
else if (program !== undefined) runOn(program);
else {
  console.error(
    `infill needs Node ${NEEDED} or later, and this is ${process.version}: run npm install here, which brings one along`,
  );
  process.exitCode = 2;
}
