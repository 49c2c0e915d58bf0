import { expect, test } from "vitest";
import { checkConcurrency } from "./concurrency.ts";
import { environment, lambdaError, NOWHERE, onAws, TARGET } from "./testing.ts";

test("what other functions have reserved does not count", async () => {
  await onAws();
  expect(await checkConcurrency(TARGET)).toEqual({
    finding: { state: "ok", says: "900 functions may run at once" },
    concurrency: 900,
  });
});

test("a new account's ten are a warning with the command that asks for more", async () => {
  await onAws({ GetAccountSettings: { body: { AccountLimit: { ConcurrentExecutions: 10 } } } });
  const { finding, concurrency } = await checkConcurrency(TARGET);
  expect(finding).toMatchObject({ state: "warning", says: "10 functions may run at once" });
  expect(finding.todo).toContain("request-service-quota-increase");
  expect(concurrency).toBe(10);
});

test("who may not ask is not told a number", async () => {
  await onAws({ GetAccountSettings: lambdaError("AccessDeniedException", "not authorized") });
  const { finding, concurrency } = await checkConcurrency(TARGET);
  expect(finding).toEqual({
    state: "warning",
    says: "how many functions may run at once could not be asked: these credentials may not ask",
  });
  expect(concurrency).toBeUndefined();
});

test("silence is a warning", async () => {
  environment({ AWS_ENDPOINT_URL: NOWHERE });
  expect((await checkConcurrency(TARGET)).finding).toMatchObject({ state: "warning" });
});
