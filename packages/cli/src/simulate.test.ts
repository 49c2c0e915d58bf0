import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mask, newCaller, photo } from "@infill/functions/testing";
import { expect, test } from "vitest";
import { startSimulators } from "./simulate.ts";
import { startStack } from "./stack/stack.ts";

test.each<[string, Record<string, unknown>]>([
  ["openai/gpt-image-2.5-flare", {}],
  ["openai/gpt-image-2.5-flare", { partialImages: 2 }],
])("%s can be tried without a key, with %o", async (model, providerOptions) => {
  const directory = mkdtempSync(join(tmpdir(), "infill-"));
  const simulators = await startSimulators();
  const stack = await startStack({ dataDirectory: directory, port: 0, providers: simulators.providers });
  const { url, records, engine } = stack;
  const caller = await newCaller({ url, records, advanceUntil: () => engine.idle() }, stack.apiKey);

  const box = { left: 200, top: 150, width: 300, height: 200 };
  const [image, hole] = await Promise.all([
    caller.upload(await photo(700, 500), "image/png"),
    caller.upload(await mask(700, 500, box)),
  ]);
  expect(await caller.edit({ model, image, mask: hole, prompt: "a boat", providerOptions })).toMatchObject({
    status: "succeeded",
    simulated: true,
    cost: { state: "settled", usage: { total_tokens: expect.any(Number) } },
    results: [{ fidelity: { changedOutside: 0 } }],
  });

  await stack.close();
  await simulators.close();
  rmSync(directory, { recursive: true, force: true });
});
