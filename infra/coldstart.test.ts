import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { bundleOf, functionEnvironment, httpEvent } from "./offline/function.ts";

const graph = inject("production");

/** What an empty process does with a bundle: load it, answer one event, end. */
const ONCE = `
  const { handler } = await import(process.env.BUNDLE);
  const { statusCode } = await handler(JSON.parse(process.env.EVENT), {});
  process.exit(statusCode === Number(process.env.EXPECTED) ? 0 : 1);`;

/** Times a process from its start to its end, ms. @throws Error when it answers otherwise than expected */
function timeOf({ root, event, expected }: { root: string; event: object; expected: number }, env: object): number {
  const started = performance.now();
  execFileSync(process.execPath, ["--input-type=module", "--eval", ONCE], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...env, BUNDLE: join(root, "bundle.mjs"), EVENT: JSON.stringify(event), EXPECTED: String(expected) },
  });
  return performance.now() - started;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const FORGED = "/webhooks/modelslab/job_x.1.9999999999.k1.AAAA";

test.each([
  ["Api", httpEvent("GET", "/healthz"), 200],
  ["Webhook", httpEvent("POST", FORGED), 404],
])(
  "from its process's start to its first answer %s takes at most 2.5 times as long as a handler that does nothing",
  (name, event, expected) => {
    const directory = mkdtempSync(join(tmpdir(), "infill-bare-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(
      join(directory, "bundle.mjs"),
      "export const handler = async () => ({ statusCode: 200, body: '{}' });",
    );
    const env = functionEnvironment(graph, name);

    // in turn, so that what else the machine does is done to both; the median of the rounds is what the code takes
    const ratios: number[] = [];
    do {
      const nothing = timeOf({ root: directory, event, expected: 200 }, env);
      ratios.push(timeOf({ root: bundleOf(name), event, expected }, env) / nothing);
    } while (ratios.length < 9 || (ratios.length < 41 && median(ratios) > 2.5));
    expect(median(ratios)).toBeLessThanOrEqual(2.5);
  },
);
