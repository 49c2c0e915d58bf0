import { type OpenAiSimulator, startOpenAi } from "@infill/simulators";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

const KEY = "simulated-key";
const MODEL = "openai/gpt-image-2.5-flare";

let t: TestStack;
let openAi: OpenAiSimulator;
beforeAll(async () => {
  t = await startTestStack({
    async vendors(time) {
      openAi = await startOpenAi({ keys: [KEY], time, behaviour: { secondsBetween: 5 } });
      return { openai: { key: KEY, baseUrl: openAi.url, simulated: true } };
    },
  });
});
afterAll(async () => {
  await t[Symbol.asyncDispose]();
  await openAi.close();
});

test("a model that paints in view shows the picture as it stands, until the job has ended", async () => {
  const asked = await t.ask({ model: MODEL, prompt: "a boat", providerOptions: { partialImages: 2 } });
  const { id } = (await asked.json()) as { id: string };
  // no time passes: the first picture is on its way
  let running = await t.job(id);
  while (running.preview === undefined) running = await t.job(id);
  expect(running).toMatchObject({ status: "running", preview: { url: `${t.url}/v1/jobs/${id}/preview` } });
  expect(running.progress).toBeGreaterThan(0.2);
  const redirect = await t.api(`/v1/jobs/${id}/preview`);
  expect(redirect.status).toBe(302);
  const file = await fetch(redirect.headers.get("location") ?? "");
  expect(await sharp(await file.bytes()).metadata()).toMatchObject({ format: "png" });
  expect((await t.api(`/v1/jobs/${id}/preview`, { key: await t.newKey("somebody-else") })).status).toBe(404);

  t.elapse(20_000);
  const done = await t.finish(id);
  expect(done).toMatchObject({ status: "succeeded", cost: { usage: { output_tokens: expect.any(Number) } } });
  expect(done.preview).toBeUndefined();
  expect((await t.api(`/v1/jobs/${id}/preview`)).status).toBe(404);
  await t.quiet();
  expect(await t.stored(`w/${id}/preview.png`)).toBe(false);
});

test("there is none of a model that shows none", async () => {
  const { id } = await t.edit({ operation: "erase" });
  const refused = await t.api(`/v1/jobs/${id}/preview`);
  expect([refused.status, await refused.json()]).toMatchObject([404, { code: "not_found" }]);
});
