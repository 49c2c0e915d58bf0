import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { photo } from "@infill/functions/testing";
import { startOpenAi } from "@infill/simulators";
import { APICallError, generateImage, type ImageModel } from "ai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changes, during, withHole } from "./testing/openai.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

const KEY = "simulated-key";

let t: TestStack;
let images: Uint8Array[];
let mask: Uint8Array;
let closeVendor: () => Promise<void>;
beforeAll(async () => {
  t = await startTestStack({
    async vendors(time) {
      const openAi = await startOpenAi({ keys: [KEY], time });
      closeVendor = () => openAi.close();
      return { openai: { key: KEY, baseUrl: openAi.url, simulated: true } };
    },
  });
  images = [await photo()];
  mask = await withHole();
});
afterAll(async () => {
  await t[Symbol.asyncDispose]();
  await closeVendor();
});

/** Of which nothing was changed but address and key. */
const providers: [string, (model: string) => ImageModel][] = [
  ["@ai-sdk/openai", (model) => createOpenAI({ baseURL: `${t.stack.url}/v1`, apiKey: t.stack.apiKey }).image(model)],
  [
    "@ai-sdk/openai-compatible",
    (model) =>
      createOpenAICompatible({ name: "infill", baseURL: `${t.stack.url}/v1`, apiKey: t.stack.apiKey }).imageModel(
        model,
      ),
  ],
];

describe.each(providers)("the AI SDK's generateImage with %s", (name, image) => {
  const generate = (model: string, more: Partial<Parameters<typeof generateImage>[0]> = {}) =>
    during(t, generateImage({ model: image(model), prompt: { images, mask, text: `a hat, ${name}` }, ...more }));

  test("edits what the mask leaves open, and nothing else", async () => {
    const { image: edited, warnings } = await generate("modelslab/inpaint");
    expect(warnings).toEqual([]);
    expect(edited.mediaType).toBe("image/png");
    expect(await changes(await photo(), edited.uint8Array)).toEqual({ inside: 60 * 50, outside: 0 });
  });

  test("takes a name of OpenAI's own, and adds up its tokens", async () => {
    const { images: edited, usage } = await generate("gpt-image-2", { n: 2 });
    expect(edited).toHaveLength(2);
    expect(usage.totalTokens).toBeGreaterThan(0);
    for (const { uint8Array } of edited) expect((await changes(await photo(), uint8Array)).outside).toBe(0);
  });

  test("is told what is wrong in words that it reads", async () => {
    const failed = generate("acme/paint", { maxRetries: 0 }).catch((error: unknown) => error);
    const error = (await failed) as APICallError;
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 404, message: expect.stringContaining("acme/paint") });
  });

  test("tries again by itself where that can help, and pays once", async () => {
    const before = t.modelsLab.jobs.length;
    t.modelsLab.behave({ refuse: "try-again", times: 1 });
    const { images: edited } = await generate("modelslab/inpaint", {
      prompt: { images, mask, text: `again, ${name}` },
    });
    expect([edited.length, t.modelsLab.jobs.length - before]).toEqual([1, 1]);
  });
});
