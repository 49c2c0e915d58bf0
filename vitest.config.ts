import { statfsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import type { Reporter, TestModule } from "vitest/node";

/** Ends every run with the plain line that scripts read: `N passed, N failed`. */
const closingLine: Reporter = {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled) {
    const count = { passed: 0, failed: unhandled.length };
    for (const module of modules) {
      const tests = [...module.children.allTests()].map((test) => test.result().state);
      for (const state of tests) if (state === "passed" || state === "failed") count[state] += 1;
      // a file that does not load, or a hook that throws, fails without a failed test
      if (!module.ok() && !tests.includes("failed")) count.failed += 1;
    }
    // after the default reporter's own summary
    process.once("exit", () => console.log(`\n${count.passed} passed, ${count.failed} failed`));
  },
};

/**
 * Where tests put their files: memory, where the machine has room for them there. What is written to last is
 * written thousands of times, and none of it is to last.
 */
function scratch(): { TMPDIR?: string } {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize > 4 * 1024 ** 3 ? { TMPDIR: "/dev/shm" } : {};
  } catch {
    return {};
  }
}

// What one worker, or a process that a test starts, has compiled, the next one need not; they inherit it.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/compiled");

export default defineConfig({
  test: {
    env: scratch(),
    reporters: ["default", closingLine],
    projects: [
      { extends: true, test: { name: "functions", include: ["functions/**/*.test.ts"], isolate: false } },
      {
        extends: true,
        test: { name: "infra", include: ["infra/**/*.test.ts"], globalSetup: "infra/offline/setup.ts" },
      },
      // nothing of ours is kept in a module, so files share what they load, but for those that watch the process itself
      ...Object.entries({
        core: false,
        pixels: false,
        providers: true,
        aws: true,
        local: false,
        simulators: false,
        client: false,
        cli: false,
        bench: true,
        fuzz: true,
        simulation: true,
      }).map(([name, isolate]) => ({
        extends: true as const,
        test: { name, include: [`packages/${name}/**/*.test.ts`], isolate },
      })),
    ],
    // most tests wait for a disk, a process or a socket: half as many workers again as there are cores
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
