import { HOLD_SECONDS } from "@infill/functions/compat";
import { mask, photo } from "@infill/functions/testing";
import type OpenAI from "openai";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changes, during, eraseNewest, openAiClient, pngFile, withHole, withSpot } from "./testing/openai.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

describe("OpenAI's own client, with the local stack as its base URL", () => {
  let t: TestStack;
  let client: OpenAI;
  let image: File;
  let hole: File;
  beforeAll(async () => {
    t = await startTestStack();
    client = openAiClient(t);
    image = await pngFile(await photo());
    hole = await pngFile(await withHole(), "mask.png");
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const ask = (more: object = {}) => ({ model: "modelslab/inpaint", image, mask: hole, prompt: "a hat", ...more });
  const edit = (more: object = {}) => during(t, client.images.edit({ ...ask(more), stream: false }));
  const stream = async (more: object = {}) => {
    const events: OpenAI.ImageEditStreamEvent[] = [];
    const read = async () => {
      for await (const event of await client.images.edit({ ...ask(more), stream: true })) events.push(event);
    };
    await during(t, read());
    return events;
  };
  const bytesOf = (base64: string | undefined) => Buffer.from(base64 ?? "", "base64");

  test("edits with the keyless model: changed in the hole, the same outside", async () => {
    const spotted = await withSpot();
    const { data = [], ...rest } = await edit({ model: "local/fill", image: await pngFile(spotted) });
    expect(data).toHaveLength(1);
    const edited = bytesOf(data[0]?.b64_json);
    expect(await changes(spotted, edited)).toEqual({ inside: 60 * 50, outside: 0 });
    expect(rest).toMatchObject({
      created: expect.any(Number),
      output_format: "png",
      size: "320x240",
      quality: "auto",
      background: "transparent", // the photo has an alpha channel
      usage: { total_tokens: 0 },
    });
  });

  test("waits minutes for a model that takes minutes", async () => {
    const began = t.clock.now();
    t.modelsLab.behave({ etaSeconds: 200, takesSeconds: 200 });
    const { data = [] } = await edit();
    expect(t.clock.now() - began).toBeGreaterThanOrEqual(200_000);
    expect((await changes(await photo(), bytesOf(data[0]?.b64_json))).outside).toBe(0);
  });

  test("gets as many pictures as it asks for, in the format and quality it asks for", async () => {
    const { data = [], output_format } = await edit({ n: 2, output_format: "jpeg", output_compression: 80 });
    expect([data.length, output_format]).toEqual([2, "jpeg"]);
    for (const { b64_json } of data)
      expect(await sharp(bytesOf(b64_json)).metadata()).toMatchObject({ format: "jpeg", width: 320, height: 240 });
  });

  test("an image that is transparent somewhere is its own mask, and comes back whole", async () => {
    const { data = [], background } = await edit({ image: hole, mask: undefined, model: "local/fill" });
    const edited = bytesOf(data[0]?.b64_json);
    expect((await changes(await photo(), edited)).outside).toBe(0);
    const { channels } = await sharp(edited).stats();
    expect([channels[3]?.min ?? 255, background]).toEqual([255, "transparent"]); // the channel stays, full
  });

  test("a streamed edit ends with the picture; while it is made the connection is never silent for long", async () => {
    t.modelsLab.behave({ etaSeconds: 120, takesSeconds: 120 });
    const events = await stream({ partial_images: 2, n: 2 });
    expect(events.map(({ type }) => type)).toEqual(["image_edit.completed", "image_edit.completed"]);
    expect(events[0]).toMatchObject({ size: "320x240", output_format: "png", usage: { total_tokens: 0 } });
    expect((await changes(await photo(), bytesOf(events[0]?.b64_json))).outside).toBe(0);

    t.modelsLab.behave({ etaSeconds: 120, takesSeconds: 120, callback: "never" });
    const raw = await during(t, client.images.edit({ ...ask(), stream: true }).asResponse());
    expect(raw.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const beats = (await during(t, raw.text())).split("\n\n").filter((block) => block.startsWith(":"));
    expect(beats.length).toBeGreaterThanOrEqual(120 / 15);
  });

  test("an edit that fails after its stream began says so in the stream", async () => {
    t.modelsLab.behave({ etaSeconds: 30, takesSeconds: 30, outcome: "failed" });
    await expect(stream()).rejects.toMatchObject({ code: "provider_rejected", type: "server_error" });
  });

  test("an edit that is erased after its stream began says so in the stream", async () => {
    const before = t.modelsLab.jobs.length;
    t.modelsLab.behave({ etaSeconds: 30, takesSeconds: 30 });
    const reading = stream();
    reading.catch(() => {});
    await t.modelsLab.until(() => t.modelsLab.jobs.length > before);
    await eraseNewest(t);
    await expect(reading).rejects.toMatchObject({ code: "not_found" });
  });

  test("an edit that fails is an error with OpenAI's status, and is not retried", async () => {
    const before = t.modelsLab.jobs.length;
    t.modelsLab.behave({ outcome: "failed" });
    await expect(edit()).rejects.toMatchObject({ status: 502, code: "provider_rejected" });
    expect(t.modelsLab.jobs.length - before).toBe(1);
  });

  test("an edit that never ends is over while its caller waits", async () => {
    const began = t.clock.now();
    t.modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
    await expect(edit()).rejects.toMatchObject({ status: 504, code: "outcome_unknown" });
    expect(t.clock.now() - began).toBeLessThan(HOLD_SECONDS * 1000);
  });

  test("a photo turned by its EXIF is edited upright", async () => {
    const upright = await sharp(await photo())
      .rotate(90)
      .jpeg()
      .toBuffer();
    const turned = await sharp(upright).withMetadata({ orientation: 8 }).toBuffer();
    const answer = await edit({ model: "local/fill", image: await pngFile(turned, "photo.jpg"), size: "320x240" });
    expect(answer.size).toBe("320x240");
  });

  test("lists the models that can be named, and one by its id", async () => {
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(["local/fill", "modelslab/inpaint"]));
    expect(await client.models.retrieve("modelslab/inpaint")).toMatchObject({ object: "model", owned_by: "modelslab" });
  });

  describe("a request in JSON", () => {
    const json = (body: object) => during(t, t.api("/v1/images/edits", { json: { prompt: "x", ...body } }));
    const dataUrl = (bytes: Uint8Array) => `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`;

    test("brings its pictures as data URLs", async () => {
      const images = [{ image_url: dataUrl(await photo()) }];
      const answer = await json({ model: "local/fill", images, mask: { image_url: dataUrl(await withHole()) } });
      expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ size: "320x240" })]);
    });

    test("names pictures that were uploaded before, which is the way for large ones", async () => {
      const mask = { file_id: await t.upload(await withHole()) };
      const answer = await json({ model: "local/fill", images: [{ file_id: t.image }], mask, n: null });
      expect([answer.status, answer.headers.get("infill-job")]).toEqual([200, expect.stringMatching(/^job_/)]);
    });

    test("has its mask read by OpenAI's rule, also one that was uploaded", async () => {
      const mask = { file_id: t.white };
      const answer = await json({ model: "local/fill", images: [{ file_id: t.image }], mask });
      const { error } = (await answer.json()) as { error: object };
      expect([answer.status, error]).toEqual([
        400,
        expect.objectContaining({ code: "invalid_image_file", param: "mask" }),
      ]);
    });

    test.each([
      ["an address elsewhere", { image_url: "https://example.com/photo.png" }, 400, "invalid_value"],
      ["an upload of nobody's", { file_id: `ast_${"0".repeat(26)}` }, 400, "file_not_found"],
      ["what is no picture", { image_url: "data:image/png;base64,aGVsbG8=" }, 400, "invalid_image_file"],
      ["what is no base64", { image_url: "data:image/png;base64,%%" }, 400, "invalid_value"],
      ["a file of OpenAI's", { file_id: "file-abc" }, 400, "invalid_value"],
      ["nothing", {}, 400, "invalid_value"],
    ])("that names %s is refused", async (_, image, status, code) => {
      const answer = await json({ model: "local/fill", images: [image] });
      const { error } = (await answer.json()) as { error: object };
      expect([answer.status, error]).toEqual([
        status,
        expect.objectContaining({ code, param: expect.stringMatching(/^images?$/) }),
      ]);
    });
  });

  test("the white-on-black mask of the native API is told what a mask is here", async () => {
    const white = await pngFile(await mask(), "mask.png");
    await expect(edit({ mask: white })).rejects.toMatchObject({
      status: 400,
      code: "invalid_image_file",
      param: "mask",
      message: expect.stringContaining("`alpha` edits where it is transparent, and no pixel is"),
    });
  });
});
