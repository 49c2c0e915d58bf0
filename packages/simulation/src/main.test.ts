import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

/** `npm run simulate -- …`, as docs/reliability.md has it. */
function simulate(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("npm run simulate", () => {
  test("runs so many worlds, and says that nothing is broken", () => {
    const { status, stdout } = simulate("--seeds", "12", "--from", "100");
    expect(stdout).toMatch(/^12 of 12 worlds from seed 100 on, \d+ a second\nnothing is broken\n$/);
    expect(status).toBe(0);
  });

  test("tells of a broken promise in words, and how to see it again; which tells the same", () => {
    const { status, stdout } = simulate("--seeds", "200", "--mutant", "skip-capability");
    expect(status).toBe(1);
    const [, seed] = /seed (\d+) breaks invariant 7: forged and replayed callbacks change nothing/.exec(stdout) ?? [];
    const again = `npm run simulate -- --seeds 1 --from ${seed} --mutant skip-capability`;
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(`again: ${again}`);
    const second = simulate(...again.split(" ").slice(4));
    expect(told(second.stdout)).toBe(told(stdout));
  });

  test.each([
    [["--sedes", "3"], "Unknown option '--sedes'"],
    [["--seeds", "many"], "--seeds must be a whole number from 1 to 100000000, and is many"],
    [["--mutant", "x-ray"], "There is no mutant x-ray; there are resubmit-after-interrupt, "],
  ])("refuses %j, and says why", (args, why) => {
    const { status, stderr } = simulate(...args);
    expect(stderr).toContain(why);
    expect(status).toBe(2);
  });

  test("explains itself", () => {
    const { status, stdout } = simulate("--help");
    expect(stdout).toContain("npm run simulate -- [--seeds N]");
    expect(status).toBe(0);
  });
});

/** Without the first line, which has the pace. */
const told = (output: string): string => output.slice(output.indexOf("\n"));
