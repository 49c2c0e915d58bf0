import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { environment, NOWHERE, onAws } from "./preflight/testing.ts";

async function deploy(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "deploy.ts"), ...args], { env: process.env });
  const [out, err, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { out, err, exitCode };
}

test("a failed check ends with 1 before sst has run, and says how to go on", async () => {
  environment({ AWS_ENDPOINT_URL: NOWHERE });
  const { out, err, exitCode } = await deploy("--stage", "nowhere");
  expect(exitCode).toBe(1);
  expect(out).toMatch(/✓ region.*\n✗ credentials +AWS does not answer \(ECONNREFUSED\)\n/);
  expect(out).not.toContain("SST");
  expect(err).toContain("--skip-preflight");
});

test("--skip-preflight goes straight to sst, whose exit code is ours", async () => {
  environment({ AWS_ENDPOINT_URL: NOWHERE, SST_TELEMETRY_DISABLED: "1" });
  const { out, err, exitCode } = await deploy("--skip-preflight", "--no-such-flag");
  expect(exitCode).not.toBe(0);
  expect(out + err).not.toContain("credentials ");
  expect(out + err).toContain("Usage: sst deploy");
});

test("when nothing is missing sst runs, with the flags that are its own", async () => {
  const { url } = await onAws();
  environment({ AWS_ENDPOINT_URL: url, SST_TELEMETRY_DISABLED: "1" });
  const { out, err } = await deploy("--no-such-flag");
  expect(out).toMatch(/^✓ rights .*$/m);
  expect(out + err).toContain("Usage: sst deploy");
});

test("--help explains and deploys nothing", async () => {
  const { out, exitCode } = await deploy("--help");
  expect(exitCode).toBe(0);
  expect(out).toContain("--skip-preflight");
});
