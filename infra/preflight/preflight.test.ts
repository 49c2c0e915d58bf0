import { join } from "node:path";
import { expect, test } from "vitest";
import { preflight } from "./preflight.ts";
import { environment, folderWith, NOWHERE, onAws } from "./testing.ts";

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

test("keys count more than a profile, as they do to sst", async () => {
  const { url, signedBy } = await onAws();
  const folder = await folderWith({ credentials: "[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s\n" });
  const file = join(folder, "credentials");
  environment({ AWS_ENDPOINT_URL: url, AWS_PROFILE: "work", AWS_SHARED_CREDENTIALS_FILE: file });
  expect((await flight()).passed).toBe(true);
  expect([...signedBy]).toEqual(["AKIAOFFLINE"]);

  signedBy.clear();
  environment({
    AWS_ENDPOINT_URL: url,
    AWS_PROFILE: "work",
    AWS_SHARED_CREDENTIALS_FILE: file,
    AWS_ACCESS_KEY_ID: undefined,
  });
  expect((await flight()).passed).toBe(true);
  expect([...signedBy]).toEqual(["AKIAWORK"]);
});

test("without credentials nothing else is asked", async () => {
  environment({ AWS_ENDPOINT_URL: NOWHERE });
  const { passed, lines } = await flight();
  expect(passed).toBe(false);
  expect(lines.filter((line) => /^[✓!✗]/.test(line))).toHaveLength(2);
});
