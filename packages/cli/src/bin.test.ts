import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { workFolder } from "./testing/run.ts";

const BIN = join(import.meta.dirname, "bin.js");

/** An older Node of this machine's, where it has one. */
const OLD = ["/usr/bin/node", "/usr/local/bin/node"].find((program) => {
  const { stdout } = existsSync(program) ? spawnSync(program, ["--version"], { encoding: "utf8" }) : { stdout: "" };
  return /^v(1[89]|2[0-3])\./.test(stdout);
});
const infill = (node: string, bin: string, ...argv: string[]) => spawnSync(node, [bin, ...argv], { encoding: "utf8" });

test("the command runs", () => {
  expect(infill(process.execPath, BIN, "--version")).toMatchObject({ status: 0, stderr: "" });
  expect(infill(process.execPath, BIN, "nope")).toMatchObject({ status: 2 });
});

test.skipIf(OLD === undefined)("under an older Node it runs on the workspace's own, or says what it needs", () => {
  expect(infill(OLD ?? "", BIN, "--version")).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d/) });
  expect(infill(OLD ?? "", BIN, "nope")).toMatchObject({ status: 2 });
  using folder = workFolder();
  const alone = join(folder.path, "bin.js");
  copyFileSync(BIN, alone);
  writeFileSync(join(folder.path, "package.json"), '{"type":"module"}');
  const { status, stderr } = infill(OLD ?? "", alone);
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^infill needs Node 24 or later, and this is v\d+.*\n$/)]);
});
