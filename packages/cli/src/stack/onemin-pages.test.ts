import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { runInNewContext } from "node:vm";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Answered,
  anyText,
  black,
  changes,
  DOCUMENTED,
  DOCUMENTED_OF_IDEOGRAM,
  type OneMinStack,
  original,
  SIZE,
  startOneMinStack,
  white,
} from "./testing/onemin.ts";
import { during } from "./testing/openai.ts";

const run = promisify(execFile);

/** What the pages print, code by code. */
function codeOf(model: string): { language: string; code: string }[] {
  const page = readFileSync(new URL(`testing/1min-pages/${model}.md`, import.meta.url), "utf8");
  return [...page.matchAll(/```(\w+)\n(.*?)\n```/gs)].map(([, language = "", code = ""]) => ({ language, code }));
}

/** Runs what is printed as its reader would, and gives the answer it gets. */
const RUN: Readonly<Record<string, (code: string) => Promise<unknown>>> = {
  async js(code) {
    const answers: Promise<Response>[] = [];
    const seen: typeof fetch = (...call) => {
      const answer = fetch(...call);
      answers.push(answer.then((whole) => whole.clone()));
      return answer;
    };
    await runInNewContext(code, { fetch: seen, console: { log() {} } });
    return (await answers[0])?.json();
  },
  async sh(code) {
    // the only repair: JSON has no trailing commas
    const { stdout } = await run("sh", ["-c", code.replace(/,(?=\s*\})/g, "")]);
    return JSON.parse(stdout);
  },
  async python(code) {
    const { stdout } = await run("python3", ["-c", `${code}\nprint()\nprint(response.text)`]);
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  },
};

const hasPython = spawnSync("python3", ["-c", "import requests"]).status === 0;

const PAGES = [
  {
    model: "stable-image",
    images: {
      photo: "development/images/2025_02_16_15_35_49_260_banana.jpg",
      mask: "development/images/2025_02_16_15_36_38_743_image.png",
    },
    promptObject: { prompt: "replace a red banana", output_format: "jpeg" },
  },
  {
    model: "gpt-image-1-mini",
    images: {
      photo: "development/images/2025_12_04_18_10_29_882_cat.png",
      mask: "development/images/2025_12_04_18_11_04_824_image.png",
    },
    promptObject: {
      prompt: "modern pendant light with brushed metal finish, LED bulbs, contemporary design",
      size: "1024x1024",
      n: 1,
      quality: "medium",
      output_format: "png",
    },
  },
  {
    model: "ideogram-3",
    images: {
      photo: "development/images/2026_04_15_dog.png",
      mask: "development/images/2026_04_15_dog_mask.png",
    },
    promptObject: {
      prompt: "A dog wearing a cowboy hat",
      num_images: 1,
      rendering_speed: "DEFAULT",
      magic_prompt: "AUTO",
      style_type: "AUTO",
    },
  },
];

describe("what 1min.ai's pages print runs here, with the address and the key changed", () => {
  let stack: OneMinStack;
  beforeAll(async () => {
    stack = await startOneMinStack();
    for (const { model, images } of PAGES) {
      await stack.plant(images.photo, await original());
      await stack.plant(images.mask, await (model === "ideogram-3" ? black() : white()));
    }
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const here = (code: string) =>
    code
      .replaceAll("https://api.1min.ai", stack.t.stack.url)
      .replaceAll(/YOUR_API_KEY|<(your-)?api-key>/g, stack.t.stack.apiKey);

  const examples = PAGES.flatMap((page) =>
    codeOf(page.model).map(({ language, code }, index) => ({ ...page, language, code, index })),
  );
  test("every example is among them", () => {
    expect(examples.map(({ model, language }) => `${model} ${language}`)).toEqual([
      ...["js", "sh", "python"].map((language) => `stable-image ${language}`),
      ...["sh", "js", "python", "sh"].map((language) => `gpt-image-1-mini ${language}`),
      ...["sh", "js", "python", "sh"].map((language) => `ideogram-3 ${language}`),
    ]);
  });

  for (const { model, language, code, index, images, promptObject } of examples) {
    test.skipIf(language === "python" && !hasPython)(`${model}, ${index + 1}. in ${language}`, async () => {
      const { aiRecord } = (await during(stack.t, RUN[language]?.(here(code)) ?? Promise.reject())) as Answered;
      expect(aiRecord).toMatchObject({
        ...DOCUMENTED,
        model,
        aiRecordDetail: {
          promptObject: { ...promptObject, imageUrl: images.photo, maskUrl: images.mask },
          resultObject: [anyText],
          responseObject: model === "ideogram-3" ? DOCUMENTED_OF_IDEOGRAM : {},
        },
      });
      // a link that needs no key, and a path that is relative to the API's address
      const lossless = model !== "stable-image";
      for (const place of [aiRecord.temporaryUrl, `${stack.t.stack.url}/${aiRecord.aiRecordDetail.resultObject[0]}`]) {
        const bytes = await (await fetch(place)).bytes();
        expect(await sharp(bytes).metadata()).toMatchObject({ ...SIZE, format: lossless ? "png" : "jpeg" });
        if (lossless) expect((await changes(await original(), bytes)).outside).toBe(0);
      }
    });
  }

  test("the code of docs/onemin.md runs", async () => {
    const page = readFileSync(new URL("../../../../docs/onemin.md", import.meta.url), "utf8");
    const [, code = ""] = /```js\n(.*?)\n```/s.exec(page) ?? [];
    const ours = code.replaceAll("http://localhost:8787", stack.t.stack.url);
    const [photo, mask] = [await original(), await white()].map((bytes) => new Blob([new Uint8Array(bytes)]));
    const edited: Promise<Response> = runInNewContext(`(async () => { ${ours}\nreturn edited; })()`, {
      fetch,
      FormData,
      photo,
      mask,
      process: { env: { INFILL_API_KEY: stack.t.stack.apiKey } },
    });
    const bytes = await (await during(stack.t, edited)).bytes();
    expect(await sharp(bytes).metadata()).toMatchObject({ ...SIZE, format: "jpeg" });
  });
});
