import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const offline = (...argv: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, "main.ts"), ...argv], { encoding: "utf8" });

test("--help says what there is", () => {
  for (const flag of ["--help", "-h"])
    expect(offline(flag)).toMatchObject({ status: 0, stderr: "", stdout: expect.stringContaining("--stage STAGE") });
});

test.each([["--nope"], ["--stage"], ["production"]])("%s is bad usage, in one line", (argument) => {
  const { status, stdout, stderr } = offline(argument);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(/^[^\n]+; npm run deploy:offline -- --help tells what there is\n$/);
});
