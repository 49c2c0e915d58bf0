import { photo } from "@infill/functions/testing";
import { type OpenAiSimulator, startOpenAi } from "@infill/simulators";
import type OpenAI from "openai";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAiClient, pngFile, withHole } from "./testing/openai.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

const KEY = "simulated-key";

let t: TestStack;
let openAi: OpenAiSimulator;
beforeAll(async () => {
  t = await startTestStack({
    async vendors(time) {
      openAi = await startOpenAi({ keys: [KEY], time, behaviour: { secondsBetween: 4 } });
      return { openai: { key: KEY, baseUrl: openAi.url, simulated: true } };
    },
  });
});
afterAll(async () => {
  await t[Symbol.asyncDispose]();
  await openAi.close();
});

async function stream(model: string, user?: string) {
  const events: OpenAI.ImageEditStreamEvent[] = [];
  const read = async () => {
    const image = await pngFile(await photo());
    const mask = await pngFile(await withHole(), "mask.png");
    const ask = {
      model,
      image,
      mask,
      prompt: "a boat",
      stream: true,
      partial_images: 2,
      ...(user && { user }),
    } as const;
    for await (const event of await openAiClient(t).images.edit(ask)) events.push(event);
  };
  const reading = read();
  let over = false;
  const end = () => {
    over = true;
  };
  reading.then(end, end);
  // The vendor's stream and the answer go on side by side: a moment passes, and what it brings is on its way. A
  // short one: the pictures take their real time meanwhile, and nobody must think that they never come.
  while (!over) {
    t.elapse(5);
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
  }
  await reading;
  return events;
}

test("partial pictures of a model that shows its work come before the whole one", async () => {
  const events = await stream("gpt-image-2.5-flare");
  const partials = events.filter((event) => event.type === "image_edit.partial_image");
  expect(partials.length).toBeGreaterThan(0);
  for (const { b64_json, size } of partials) {
    expect(size).toMatch(/^\d+x\d+$/);
    expect((await sharp(Buffer.from(b64_json, "base64")).metadata()).format).toBe("png");
  }
  expect(partials.map((event) => event.partial_image_index)).toEqual(partials.map((_, i) => i));
  expect(events.at(-1)).toMatchObject({
    type: "image_edit.completed",
    size: "320x240",
    usage: { total_tokens: expect.any(Number) },
  });
});

test("the vendor is told an end user by a hash that stays, never by name", async () => {
  for (const user of ["ann@example.com", "ann@example.com", "ben"]) await stream("gpt-image-2.5-flare", user);
  const told = openAi.requests.slice(-3).map(({ body }) => (body as Record<string, string>)["safety_identifier"]);
  expect(told).toEqual([told[0], told[0], expect.not.stringContaining("ben")]);
  expect(told[0]).toMatch(/^[\w-]{32}$/);
  expect(told[2]).not.toBe(told[0]);
});

test("a model that shows none sends none, and is asked for none", async () => {
  const events = await stream("local/fill");
  expect(events.map(({ type }) => type)).toEqual(["image_edit.completed"]);
});
