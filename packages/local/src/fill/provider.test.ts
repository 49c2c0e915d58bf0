import type { ProviderRequest } from "@infill/core";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { createLocalProvider, localModels } from "./provider.ts";

const width = 64;
const height = 48;

async function png(
  channels: 1 | 3,
  value: (x: number, y: number) => number,
  size = { width, height },
): Promise<Uint8Array> {
  const raw = new Uint8Array(size.width * size.height * channels);
  for (let i = 0; i < raw.length; i++) {
    const p = Math.floor(i / channels);
    raw[i] = value(p % size.width, Math.floor(p / size.width));
  }
  return sharp(raw, { raw: { ...size, channels } })
    .png()
    .toBuffer();
}

// no two places alike, so that another seed has another choice
const weave = (x: number, y: number): number => ((x + y) % 12 < 6 ? 180 : 40) + ((x * 7919 + y * 104_729) % 61);
const inHole = (x: number, y: number): boolean => x >= 20 && x < 40 && y >= 15 && y < 30;

async function request(over: Partial<ProviderRequest> & { maskBytes?: Uint8Array } = {}): Promise<ProviderRequest> {
  const { maskBytes = await png(1, (x, y) => (inHole(x, y) ? 255 : 0)), ...rest } = over;
  const imageBytes = await png(3, weave);
  const source = (bytes: Uint8Array) => ({ bytes: async () => bytes, url: async () => "http://localhost/" });
  return {
    jobId: "job_1",
    attempt: 1,
    model: "local/fill",
    operation: "erase",
    n: 1,
    seed: 5,
    providerOptions: {},
    size: { width, height },
    image: source(imageBytes),
    mask: source(maskBytes),
    ...rest,
  };
}

const call = () => ({ signal: new AbortController().signal });

async function outputs(sent: ProviderRequest, provider = createLocalProvider()): Promise<Uint8Array[]> {
  const outcome = await provider.submit(sent, call());
  if (outcome.state !== "succeeded") throw new Error(`state is ${outcome.state}`);
  return Promise.all(outcome.outputs.map((output) => output.read(call().signal)));
}

describe("local/fill", () => {
  test("is one model that costs nothing and may be run again", () => {
    expect(localModels.map((model) => [model.id, model.price.perResult, model.repeatable])).toEqual([
      ["local/fill", 0, true],
    ]);
  });

  test("answers within submit with a PNG of the picture's size, unchanged outside the mask", async () => {
    const [filled] = await outputs(await request());
    const { data, info } = await sharp(filled).raw().toBuffer({ resolveWithObject: true });
    expect([info.format, info.width, info.height, info.channels]).toEqual(["raw", width, height, 3]);
    for (let p = 0; p < width * height; p++) {
      const x = p % width;
      const y = Math.floor(p / width);
      if (!inHole(x, y)) expect(data[3 * p]).toBe(weave(x, y));
    }
  });

  test("a seed names the answer; several results are the next seeds", async () => {
    const [first, second] = await outputs(await request({ n: 2, seed: 5 }));
    expect(second).not.toEqual(first);
    expect(await outputs(await request({ seed: 5 }))).toEqual([first]);
    expect(await outputs(await request({ seed: 6 }))).toEqual([second]);
  });

  test("without a seed it takes the one it is given to choose with", async () => {
    const { seed: _, ...seedless } = await request();
    expect(await outputs(seedless, createLocalProvider({ chooseSeed: () => 5 }))).toEqual(
      await outputs(await request()),
    );
  });

  test("progress over all results rises to 1", async () => {
    const seen: number[] = [];
    await createLocalProvider().submit(await request({ n: 3 }), {
      ...call(),
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBeCloseTo(1);
  });

  test("a mask that covers everything is refused, with the numbers and without a charge", async () => {
    const sent = await request({ n: 2, maskBytes: await png(1, () => 255) });
    await expect(createLocalProvider().submit(sent, call())).rejects.toMatchObject({
      code: "mask_mismatch",
      accepted: "no",
      charged: "no",
      message: expect.stringContaining("0 whole 7×7 px patches of the 64×48 px picture"),
      options: { details: { sourcePatches: 0, needed: 16, width, height } },
    });
  });

  test("a mask of another size is refused with both sizes", async () => {
    const sent = await request({ maskBytes: await png(1, () => 0, { width: 32, height: 48 }) });
    await expect(createLocalProvider().submit(sent, call())).rejects.toMatchObject({
      code: "mask_mismatch",
      message: "The mask is 32×48 px; it must be as large as the picture, 64×48 px",
    });
  });

  test("is canceled by its signal, before and under way", async () => {
    const provider = createLocalProvider();
    const canceled = { code: "canceled", accepted: "no", charged: "no" };
    await expect(provider.submit(await request(), { signal: AbortSignal.abort() })).rejects.toMatchObject(canceled);
    const controller = new AbortController();
    const running = provider.submit(await request(), {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(running).rejects.toMatchObject(canceled);
  });
});
