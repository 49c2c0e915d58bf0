import { createValidator, EXAMPLES_FILE, type Example, OPERATIONS } from "@infill/functions/openapi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRecorder } from "./testing/record.ts";
import { playExamples } from "./testing/scenario.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

let t: TestStack;
let recorded: Example[];
beforeAll(async () => {
  t = await startTestStack({ startAt: Date.UTC(2026, 8, 1, 12) });
  await using receiver = await t.receiver([204]);
  const recorder = createRecorder(t);
  await playExamples(t, recorder, receiver);
  recorded = recorder.examples();
});
afterAll(() => t[Symbol.asyncDispose]());

test("every example of the specification is what a stack answers to it", async () => {
  // after a change that is meant: `npx vitest run packages/cli/src/stack/examples.test.ts -u`, then `npm run openapi`
  await expect(`${JSON.stringify(recorded, null, 2)}\n`).toMatchFileSnapshot(EXAMPLES_FILE);
});

test("every operation has an example that goes well, and requests that are said to be valid are", () => {
  const validator = createValidator();
  // the specification itself and its pages are no examples of anything
  for (const { id, method, path, body } of OPERATIONS.filter(
    ({ answers }) => answers[200]?.contentType === undefined,
  )) {
    if (id === "getPreview") continue; // of models that show one: packages/cli/src/stack/preview.test.ts
    const well = recorded.filter(({ operation, status }) => operation === id && status < 400);
    expect(well, id).not.toEqual([]);
    if (body === undefined) continue;
    for (const { name, request } of well) expect(validator.accepts(method, path, request.body), name).toBe(true);
  }
});
