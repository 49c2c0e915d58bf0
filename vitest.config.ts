import { defineConfig } from "vitest/config";
import type { Reporter, TestModule } from "vitest/node";

/** Ends every run with the plain line that scripts read: `N passed, N failed`. */
const closingLine: Reporter = {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled) {
    const count = { passed: 0, failed: unhandled.length };
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed" || state === "failed") count[state] += 1;
      }
    }
    // after the default reporter's own summary
    process.once("exit", () => console.log(`\n${count.passed} passed, ${count.failed} failed`));
  },
};

export default defineConfig({
  test: {
    reporters: ["default", closingLine],
    projects: [
      { extends: true, test: { name: "functions", include: ["functions/**/*.test.ts"] } },
      ...["core", "pixels", "providers", "aws", "local", "simulators", "cli", "bench"].map((name) => ({
        extends: true as const,
        test: { name, include: [`packages/${name}/**/*.test.ts`] },
      })),
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
