import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { environment, folderWith, NOWHERE, onAws } from "./preflight/testing.ts";

const DEPLOY = join(import.meta.dirname, "deploy.ts");

async function deploy(...args: string[]) {
  const child = spawn(process.execPath, [DEPLOY, ...args]);
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

/** A program in sst's place. @param script what it does @returns its path */
async function inPlaceOfSst(script: string): Promise<string> {
  const file = join(await folderWith({ sst: `#!${process.execPath}\n${script}` }), "sst");
  await chmod(file, 0o755);
  return file;
}

test("sst is told what was measured, and gets its flags as they came", async () => {
  const { url } = await onAws();
  const program = "console.log(process.argv.slice(2).join(' '), process.env.INFILL_CONCURRENCY); process.exit(7)";
  environment({ AWS_ENDPOINT_URL: url, SST_BIN_PATH: await inPlaceOfSst(program) });
  const { out, exitCode } = await deploy("--stage", "ada", "--verbose", "--target", "Api");
  expect(out).toMatch(/\ndeploy --stage ada --verbose --target Api 900\n$/);
  expect(exitCode).toBe(7);
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s is passed on, and sst ends in its own time", async (signal) => {
  const program = `process.on("${signal}", () => { console.log("heard"); process.exit(3); }); console.log("ready"); setInterval(() => {}, 1000)`;
  environment({ SST_BIN_PATH: await inPlaceOfSst(program) });
  const child = spawn(process.execPath, [DEPLOY, "--skip-preflight"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  await once(child.stdout, "data");
  child.kill(signal);
  expect([String((await once(child.stdout, "data"))[0]), (await ended)[0]]).toEqual(["heard\n", 3]);
});

test("an sst that is killed is an exit code like a shell's", async () => {
  environment({ SST_BIN_PATH: await inPlaceOfSst("process.kill(process.pid, 'SIGKILL')") });
  expect((await deploy("--skip-preflight")).exitCode).toBe(137);
});

test("--help explains and deploys nothing", async () => {
  const { out, exitCode } = await deploy("--help");
  expect(exitCode).toBe(0);
  expect(out).toContain("--skip-preflight");
});
