import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Json, openScene, type Scene } from "./scene.ts";

describe("a request", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ behaviour: { answer: "success" }, maxQueued: 100 });
    const small = await sharp({ create: { width: 8, height: 8, channels: 3, background: "white" } })
      .png()
      .toBuffer();
    scene.files.set("/small.png", small).set("/text.png", Buffer.from("not a picture")).set("/drawing.svg", SVG);
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  test.each<[Json, string]>([
    [{ key: undefined }, "The key field is required."],
    [{ key: "somebody else's" }, "Invalid Api Key"],
    [{ key: "somebody else's", prompt: "" }, "Invalid Api Key"],
    [{ prompt: undefined }, "The prompt field is required."],
    [{ prompt: null }, "The prompt field is required."],
    [{ prompt: "  " }, "The prompt field is required."],
    [{ prompt: 7 }, "The prompt must be a string."],
    [{ init_image: undefined }, "The init image field is required."],
    [{ mask_image: "" }, "The mask image field is required."],
    [{ init_image: "/photo.png" }, "The init image must be a valid URL."],
    [{ init_image: "s3://bucket/photo.png" }, "The init image must be a valid URL."],
    [{ width: 248 }, "width must be between 256 and 1024"],
    [{ width: 1032 }, "width must be between 256 and 1024"],
    [{ height: "500" }, "height must be divisible by 8"],
    [{ height: "512px" }, "height must be an integer"],
    [{ height: 512.5 }, "height must be an integer"],
    [{ samples: 5 }, "samples must be between 1 and 4"],
    [{ samples: "0" }, "samples must be between 1 and 4"],
    [{ guidance_scale: 6 }, "guidance_scale must be between 1 and 5"],
    [{ guidance_scale: 7.5 }, "guidance_scale must be an integer"],
    [{ strength: 1.1 }, "strength must be between 0 and 1"],
    [{ strength: "strong" }, "strength must be a number"],
    [{ num_inference_steps: 0 }, "num_inference_steps must be at least 1"],
    [{ seed: 1.5 }, "seed must be an integer"],
    [{ base64: "maybe" }, "base64 must be one of yes, no, true, false"],
    [{ webhook: "http://example.com/hook" }, "The webhook must be a valid https URL."],
    [{ webhook: "here" }, "The webhook must be a valid https URL."],
    [{ track_id: { job: 1 } }, "The track id must be an integer."],
  ])("with %j is refused: %s", async (changes, message) => {
    const response = await scene.submit(changes);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "error", message });
  });

  test("is refused where a picture cannot be fetched or is none", async () => {
    const before = scene.modelsLab.billed;
    for (const path of ["/missing.png", "/text.png", "/drawing.svg"]) {
      const answer = await scene.submitJson({ mask_image: scene.appUrl + path });
      expect(answer).toEqual({ status: "error", message: "Unable to fetch image from provided URL" });
    }
    expect(scene.modelsLab.billed).toBe(before);
  });

  test("is refused where the mask has another size than the photo", async () => {
    const { message } = await scene.submitJson({ mask_image: `${scene.appUrl}/small.png` });
    expect(message).toBe("init_image and mask_image must have the same dimensions, got 256x256 and 8x8");
  });

  test.each<[Json]>([
    [{ width: "1024", height: 256, samples: "1" }],
    [{ guidance_scale: "1", strength: "0", num_inference_steps: "30" }],
    [{ safety_checker: "no", enhance_prompt: "yes", instant_response: "false", base64: "false" }],
    [{ safety_checker: false, enhance_prompt: true, instant_response: false, base64: false }],
    [{ negative_prompt: null, seed: null, webhook: null, track_id: null, base64: null, width: null }],
    [{ seed: "null", webhook: "", track_id: "" }],
    [{ webhook: "https://example.com/hook", track_id: 12 }],
  ])("may write its values as %j", async (changes) => {
    expect(await scene.submitJson(changes)).toMatchObject({ status: "success" });
  });

  test("defaults to 512×512", async () => {
    const { meta } = await scene.submitJson({ width: undefined, height: null });
    expect(meta).toMatchObject({ W: 512, H: 512, n_samples: 1, guidance_scale: 5, strength: 0.7, steps: 30 });
  });

  test("with base64 wants the pictures themselves, bare or as data URIs", async () => {
    const bare = (path: string) => Buffer.from(scene.files.get(path) ?? "").toString("base64");
    const images = { init_image: bare("/photo.png"), mask_image: `data:image/png;base64,${bare("/mask.png")}` };
    expect(await scene.submitJson({ ...images, base64: "true" })).toMatchObject({ status: "success" });
    expect(await scene.submitJson({ base64: true })).toMatchObject({
      message: "The init image must be a valid base64 string.",
    });
    expect(await scene.submitJson(images)).toMatchObject({ message: "The init image must be a valid URL." });
  });

  test("that is no JSON has no fields", async () => {
    const url = `${scene.modelsLab.url}/api/v6/image_editing/inpaint`;
    const answers = [
      await fetch(url, { method: "POST", body: JSON.stringify(scene.body()) }),
      await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: "{" }),
    ];
    for (const answer of answers) expect(await answer.json()).toMatchObject({ message: "The key field is required." });
  });

  test("to another path or with another method is not found", async () => {
    expect((await scene.post("/api/v6/image_editing/outpaint", {})).status).toBe(404);
    expect((await fetch(`${scene.modelsLab.url}/api/v6/image_editing/inpaint`)).status).toBe(404);
  });

  test("is logged with its key masked", async () => {
    await scene.submitJson({ prompt: "the logged one" });
    const entry = scene.modelsLab.requests.findLast(({ method }) => method === "POST");
    expect(entry).toMatchObject({
      at: scene.time.now(),
      path: "/api/v6/image_editing/inpaint",
      headers: { "content-type": "application/json" },
      body: { key: "***", prompt: "the logged one" },
    });
  });
});

test("photos on private addresses are unreachable when so configured", async () => {
  await using scene = await openScene({ allowPrivateImageHosts: false });
  expect(await scene.submitJson()).toEqual({ status: "error", message: "Unable to fetch image from provided URL" });
});

const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"/>');
