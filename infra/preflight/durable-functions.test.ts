import { expect, test } from "vitest";
import { checkDurableFunctions } from "./durable-functions.ts";
import { environment, lambdaError, NOWHERE, onAws, TARGET } from "./testing.ts";

const answering = (...error: Parameters<typeof lambdaError>) => onAws({ ListDurableExecutions: lambdaError(...error) });

test("a Lambda that looks for the function has durable functions", async () => {
  await onAws();
  expect(await checkDurableFunctions(TARGET)).toMatchObject({ state: "ok" });
});

test("a Lambda that knows the right to ask, and refuses it, has them too", async () => {
  await answering(
    "AccessDeniedException",
    "User: ada is not authorized to perform: lambda:ListDurableExecutionsByFunction",
  );
  expect(await checkDurableFunctions(TARGET)).toMatchObject({ state: "ok" });
});

test.each([
  ["AccessDeniedException", "Unable to determine service/operation name to be authorized", 403],
  ["UnknownOperationException", "", 404],
])("a Lambda that does not know the question has none: %s", async (name, message, status) => {
  await answering(name, message, status);
  expect(await checkDurableFunctions(TARGET)).toMatchObject({
    state: "failed",
    says: expect.stringContaining("us-east-2"),
    todo: expect.stringContaining("region"),
  });
});

test("another refusal proves nothing", async () => {
  await answering("AccessDeniedException", "a service control policy says no");
  expect(await checkDurableFunctions(TARGET)).toMatchObject({ state: "warning" });
});

test("nor does silence", async () => {
  environment({ AWS_ENDPOINT_URL: NOWHERE });
  expect(await checkDurableFunctions(TARGET)).toMatchObject({
    state: "warning",
    says: expect.stringContaining("ECONNREFUSED"),
  });
});
