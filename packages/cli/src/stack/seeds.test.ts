import { mask, photo } from "@infill/functions/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Simulators, startSimulators } from "../simulate.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

/** A day on which every model is served. */
const DAY = Date.UTC(2026, 10, 20);
const SQUARE = { width: 512, height: 512 };

/** A picture of ours, or a link to one, in place of the example's. */
const PICTURE = expect.stringMatching(/\S/);

/**
 * What each platform's page gives as an example, and the same as a request of ours. The values are those
 * of the pages; ModelsLab's writes some numbers as text, its table calls them integers.
 */
const EXAMPLES: Record<string, { ours: object; theirs: object }> = {
  "modelslab/inpaint": {
    ours: {
      prompt: "a cat sitting on a bench",
      size: SQUARE,
      n: 1,
      steps: 30,
      guidanceScale: 5,
      strength: 0.7,
      providerOptions: { safetyChecker: false, enhancePrompt: true },
    },
    theirs: {
      key: "***",
      prompt: "a cat sitting on a bench",
      negative_prompt: null,
      init_image: PICTURE,
      mask_image: PICTURE,
      width: 512,
      height: 512,
      samples: 1,
      num_inference_steps: 30,
      safety_checker: "no",
      enhance_prompt: "yes",
      guidance_scale: 5,
      strength: 0.7,
      base64: false,
      seed: null,
      // null in the example, which waits; here it is to call back
      webhook: PICTURE,
      track_id: 1,
    },
  },
  "1min/stable-image": {
    ours: { prompt: "replace a red banana" },
    theirs: {
      type: "IMAGE_INPAINTER",
      model: "stable-image",
      promptObject: {
        imageUrl: PICTURE,
        maskUrl: PICTURE,
        prompt: "replace a red banana",
        output_format: "jpeg",
      },
    },
  },
  "1min/gpt-image-1-mini": {
    ours: {
      prompt: "modern pendant light with brushed metal finish, LED bulbs, contemporary design",
      size: { width: 1024, height: 1024 },
      n: 1,
      quality: "medium",
    },
    theirs: {
      type: "IMAGE_INPAINTER",
      model: "gpt-image-1-mini",
      promptObject: {
        imageUrl: PICTURE,
        maskUrl: PICTURE,
        prompt: "modern pendant light with brushed metal finish, LED bulbs, contemporary design",
        size: "1024x1024",
        n: 1,
        quality: "medium",
        output_format: "png",
      },
    },
  },
  "1min/ideogram-3": {
    ours: {
      prompt: "A dog wearing a cowboy hat",
      n: 1,
      providerOptions: { renderingSpeed: "DEFAULT", magicPrompt: "AUTO", styleType: "AUTO" },
    },
    theirs: {
      type: "IMAGE_INPAINTER",
      model: "ideogram-3",
      promptObject: {
        prompt: "A dog wearing a cowboy hat",
        imageUrl: PICTURE,
        maskUrl: PICTURE,
        num_images: 1,
        rendering_speed: "DEFAULT",
        magic_prompt: "AUTO",
        style_type: "AUTO",
      },
    },
  },
};

/** Beyond the examples, and documented: the answer is asked for later. */
const WHILE_WORKING: Record<string, object> = { modelslab: {}, "1min": { async: true } };

let t: TestStack;
let simulators: Simulators;
let close: () => Promise<void>;
let pictures: { image: string; mask: string };
beforeAll(async () => {
  t = await startTestStack({
    startAt: DAY,
    async vendors(time) {
      const started = await startSimulators(time);
      ({ simulators, close } = started);
      return started.providers;
    },
  });
  const box = { left: 150, top: 290, width: 120, height: 80 };
  const [image, hole] = await Promise.all([
    t.upload(await photo(SQUARE.width, SQUARE.height)),
    t.upload(await mask(SQUARE.width, SQUARE.height, box)),
  ]);
  pictures = { image, mask: hole };
});
afterAll(async () => {
  await t[Symbol.asyncDispose]();
  await close();
});

test.each(Object.entries(EXAMPLES))(
  "the example of %s, as our request, is done and sent as there",
  async (model, { ours, theirs }) => {
    const job = await t.edit({ model, ...pictures, ...ours });
    expect(job).toMatchObject({
      status: "succeeded",
      model,
      results: [{ ...SQUARE, fidelity: { changedOutside: 0 } }],
    });
    const provider = model.split("/")[0] as "modelslab" | "1min";
    const submits = simulators[provider].requests.filter(({ path }) => /\/(inpaint|features)$/.test(path));
    expect(submits.at(-1)?.body).toEqual({ ...theirs, ...WHILE_WORKING[provider] });
  },
);
