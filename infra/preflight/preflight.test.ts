import { expect, test } from "vitest";
import { preflight } from "./preflight.ts";
import { environment, NOWHERE, onAws } from "./testing.ts";

async function flight() {
  const lines: string[] = [];
  return { ...(await preflight({ env: process.env, stage: "ada" }, (line) => void lines.push(line))), lines };
}

test("an account in which nothing is missing: one line a check, and the number it measured", async () => {
  await onAws();
  const { passed, concurrency, lines } = await flight();
  expect({ passed, concurrency }).toEqual({ passed: true, concurrency: 900 });
  expect(lines.map((line) => line.slice(0, 19).trim())).toEqual([
    "✓ region",
    "✓ credentials",
    "✓ durable functions",
    "✓ concurrency",
    "✓ rights",
  ]);
});

test("a warning does not stop a deployment, and says what to do", async () => {
  await onAws({ GetAccountSettings: { body: { AccountLimit: { ConcurrentExecutions: 10 } } } });
  const { passed, lines } = await flight();
  expect(passed).toBe(true);
  expect(lines.join("\n")).toMatch(/! concurrency +10 functions may run at once\n +→ enough to try it/);
});

test("a missing right stops it", async () => {
  await onAws({}, (action) => action !== "iam:PassRole");
  expect((await flight()).passed).toBe(false);
});

test("without credentials nothing else is asked", async () => {
  environment({ AWS_ENDPOINT_URL: NOWHERE });
  const { passed, lines } = await flight();
  expect(passed).toBe(false);
  expect(lines.filter((line) => /^[✓!✗]/.test(line))).toHaveLength(2);
});
