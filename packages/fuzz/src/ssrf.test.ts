import { createHttp, fetchPicture, type Http } from "@infill/providers/http";
import { type Network, ssrfCorpus, startNetwork, tryEach } from "@infill/providers/testing/ssrf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeWorld, type World } from "./world.ts";

const COUNT = 2000;
const corpus = ssrfCorpus({ count: COUNT, seed: 20_261_126 });

let [world, network, http]: [World?, Network?, Http?] = [];
beforeAll(async () => {
  network = await startNetwork(corpus);
  world = await makeWorld();
  http = createHttp({ lookup: network.lookup });
});
afterAll(async () => {
  await http?.close();
  await network?.[Symbol.asyncDispose]();
  world?.close();
});

/** One way to name a URL in a request; `refusal` is every way in which that is refused. */
interface Field {
  path: string;
  headers?: (key: string) => Record<string, string>;
  body: (url: string, given: { key: string; image: string; mask: string }) => object;
  refusal: RegExp;
  /** Looked up only when it is told, days later perhaps: until then a name is taken. */
  later?: boolean;
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const wish = { model: "local/fill", operation: "erase" };
const submit = { model_id: "local/fill", prompt: "a hat", instant_response: true };

const FIELDS: Record<string, Field> = {
  "an app's webhook": {
    path: "/v1/inpaint",
    headers: bearer,
    body: (webhook, { image, mask }) => ({ ...wish, image, mask, webhook }),
    refusal: /"pointer":"\/webhook"/,
    later: true,
  },
  "the photo and the mask": {
    path: "/v1/inpaint",
    headers: bearer,
    body: (url) => ({ ...wish, image: url, mask: url }),
    refusal: /"pointer":"\/image".*"pointer":"\/mask"/,
  },
  "OpenAI's image_url": {
    path: "/v1/images/edits",
    headers: bearer,
    body: (url, { mask }) => ({
      model: "gpt-image-1",
      prompt: "a hat",
      images: [{ image_url: url }],
      mask: { file_id: mask },
    }),
    refusal: /image_url must be a data URL in base64|image_url is not valid base64|This is not a picture/,
  },
  "1min.ai's imageUrl and maskUrl": {
    path: "/api/features",
    headers: (key) => ({ "api-key": key }),
    body: (url) => ({
      type: "IMAGE_INPAINTER",
      model: "stable-image",
      promptObject: { imageUrl: url, maskUrl: url, prompt: "a hat", output_format: "jpeg" },
    }),
    refusal: /there is no asset/,
  },
  "ModelsLab's init_image and mask_image": {
    path: "/api/v6/image_editing/inpaint",
    body: (url, { key }) => ({ ...submit, key, init_image: url, mask_image: url }),
    refusal: /Unable to fetch image from provided URL: (init|mask)_image|The init image must be a valid URL/,
  },
  "ModelsLab's webhook": {
    path: "/api/v6/image_editing/inpaint",
    body: (webhook, { key, image, mask }) => ({ ...submit, key, init_image: image, mask_image: mask, webhook }),
    refusal: /webhook/,
    later: true,
  },
};

describe(`${COUNT} URLs that mean to have something inside requested`, { timeout: 120_000 }, () => {
  test.each(Object.entries(FIELDS))(
    "reach nothing as %s",
    async (_, { path, headers, body, refusal, later = false }) => {
      if (world === undefined || network === undefined || http === undefined) throw new Error("nothing was started");
      const door = http;
      const formats = world.formats((url, signal) => fetchPicture(door, url, signal));
      const app = path === "/v1/inpaint" ? world : formats;
      const given = { key: world.keys.good, image: world.ids.images[0] ?? "", mask: world.ids.masks[0] ?? "" };
      network.forget();
      const odd: string[] = [];
      await tryEach(corpus, async ({ kind, url, shows }) => {
        const answer = await app.fetch(
          new Request(`http://localhost${path}`, {
            method: "POST",
            headers: { "content-type": "application/json", ...headers?.(given.key) },
            body: JSON.stringify(body(url, given)),
          }),
        );
        const text = await answer.text();
        const taken = later && shows !== "written";
        if (taken ? answer.status >= 300 : !refusal.test(text))
          odd.push(`${kind}: ${JSON.stringify(url)}: ${answer.status} ${text.slice(0, 200)}`);
      });
      expect(odd.slice(0, 9)).toEqual([]);
      expect(network.opened).toEqual([]);
      expect(network.reached()).toBe(0);
    },
  );
});
