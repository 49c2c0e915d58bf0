import { expect, test } from "vitest";
import { startTestStack } from "./testing/test-stack.ts";

test("where nobody outside can reach the stack, pictures travel inline and the answer is polled for", async () => {
  await using t = await startTestStack({ unreachable: true });
  const job = await t.edit({ model: "modelslab/inpaint", prompt: "a hat" });
  expect(job.error).toBeUndefined();
  expect(job.status).toBe("succeeded");
  const [submit] = t.modelsLab.requests.filter(({ path }) => path.endsWith("/inpaint"));
  expect(submit?.body).toMatchObject({ base64: true, webhook: null });
  expect(t.modelsLab.callbacks).toHaveLength(0);
});
