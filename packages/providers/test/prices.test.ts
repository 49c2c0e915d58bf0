import { type ModelRecord, type OptionRule, priceOf, type Size, sizeAllowed } from "@infill/core";
import { createHttp } from "@infill/providers/http";
import { manualTime, startOpenAi } from "@infill/simulators";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createOpenAi } from "../src/openai/adapter.ts";
import { openAiModels } from "../src/openai/models.ts";
import { registry } from "../src/registry.ts";
import { encodeMask, greyPng } from "../src/testing/png.ts";

const models = Object.values(registry).flatMap((entry) => entry.models);

/** Any value that an option takes; of pictures and lists, one. */
function anyOf(rule: OptionRule): fc.Arbitrary<unknown> {
  switch (rule.type) {
    case "integer":
      return fc.integer({ min: rule.min, max: rule.max });
    case "number":
      return fc.double({ min: rule.min, max: rule.max, noNaN: true });
    case "enum":
      return fc.constantFrom(...rule.values);
    case "boolean":
      return fc.boolean();
    case "string":
      return fc.constant("fog");
    case "strings":
    case "assets":
      return fc.constant(["ast_00000000000000000000000000"]);
  }
}

/** Any size that a model works at, by a photo of whatever shape. */
function anySize(rule: ModelRecord["sizes"]): fc.Arbitrary<Size> {
  if (rule.kind === "list") return fc.constantFrom(...rule.sizes);
  const { min, max, multipleOf } = rule;
  const side = fc
    .integer({ min: Math.ceil(min / multipleOf), max: Math.floor(max / multipleOf) })
    .map((steps) => steps * multipleOf);
  return fc.record({ width: side, height: side }).filter((size) => sizeAllowed(rule, size));
}

const anyRequest = ({ maxPromptLength, options, providerOptions }: ModelRecord) =>
  fc.record({
    prompt: fc.constantFrom("x", "x".repeat(maxPromptLength), "日本 🎨".repeat(maxPromptLength / 8)),
    n: fc.integer({ min: 1, max: options.n?.type === "integer" ? Math.min(2, options.n.max) : 1 }),
    quality: options.quality === undefined ? fc.constant(undefined) : anyOf(options.quality),
    providerOptions: fc.record(
      Object.fromEntries(Object.entries(providerOptions).map(([name, rule]) => [name, anyOf(rule)])),
      { requiredKeys: [] },
    ),
  });

const given = <T extends { quality: unknown }>({ quality, ...request }: T) => ({
  ...request,
  ...(typeof quality === "string" ? { quality } : {}),
});

describe("what is estimated before the size is known", () => {
  test.each(models)("is the most that $id may cost at any", (model) => {
    fc.assert(
      fc.property(anyRequest(model), anySize(model.sizes), (request, size) => {
        const priced = given(request);
        expect(priceOf(model, { ...priced, size })).toBeLessThanOrEqual(priceOf(model, priced));
      }),
      { seed: 11 },
    );
  });
});

describe("what the vendor then says that it cost", () => {
  const inlined = (bytes: Uint8Array) => ({
    url: () => Promise.reject(new Error("not asked for")),
    bytes: async () => bytes,
  });
  const image = inlined(greyPng(64, 64, (x) => x));
  const mask = inlined(encodeMask("alpha", 64, (x) => x > 32));
  const { signal } = new AbortController();
  const WIDE = { width: 1536, height: 1024 };

  test.each(openAiModels)("is no more than the estimate, nor than the price at that size, for $id", async (model) => {
    await using simulator = await startOpenAi({ keys: ["key"], time: manualTime() });
    const http = createHttp({ allowLoopback: true });
    const provider = createOpenAi({ http, key: async () => "key", baseUrl: simulator.url });
    const small = anySize(model.sizes).filter(({ width, height }) => width * height < 1_600_000);
    await fc.assert(
      fc.asyncProperty(anyRequest(model), small, async (request, size) => {
        const priced = given(request);
        const asked = {
          jobId: "job_01",
          attempt: 1,
          model: model.id,
          operation: "replace" as const,
          image,
          mask,
          size,
        };
        const outcome = await provider.submit({ ...asked, ...priced }, { signal });
        const cost = outcome.state === "succeeded" ? outcome.usage?.costMicroUsd : undefined;
        expect(cost).toBeGreaterThan(0);
        // by the size too: a list price stands in where the answer does not say what it cost
        expect(cost).toBeLessThanOrEqual(priceOf(model, { ...priced, size }));
        expect(cost).toBeLessThanOrEqual(priceOf(model, priced));
      }),
      {
        numRuns: 5,
        seed: 11,
        endOnFailure: true,
        examples: [[{ prompt: "x", n: 1, quality: "low", providerOptions: { partialImages: 3 } }, WIDE]],
      },
    );
    await http.close();
  });
});
