import { describe, expect, test } from "vitest";
import { InfillError } from "./errors.ts";
import { parseInput } from "./input.ts";
import type { ModelRecord } from "./model.ts";
import { refuseUnsafe, resolveRequest } from "./options.ts";
import { inpaintRequest } from "./schemas.ts";

const model: ModelRecord = {
  id: "acme/paint",
  provider: "acme",
  description: "for tests",
  replace: { prompt: "required", defaults: { grow: 0, feather: 0.01 } },
  erase: { how: "prompt", prompt: "empty background", defaults: { grow: 0.02, feather: 0.01 } },
  maxPromptLength: 20,
  options: {
    n: { type: "integer", min: 1, max: 4 },
    strength: { type: "number", min: 0, max: 1, default: 0.7 },
    quality: { type: "enum", values: ["low", "high"] },
    size: true,
  },
  providerOptions: { turbo: { type: "boolean", default: false }, style: { type: "enum", values: ["oil"] } },
  sizes: { kind: "range", min: 256, max: 1024, multipleOf: 8, preferred: 768 },
  mask: { convention: "white", soft: false },
  outputFormats: ["png", "jpeg"],
  price: { perResult: 2000, source: "test", asOf: "2026-11-20" },
  typicalSeconds: 5,
};
const asset = `ast_${"0".repeat(26)}`;
const photo = { width: 600, height: 400, contentType: "image/jpeg" as const };

const resolve = (change: object, record = model) =>
  resolveRequest(
    record,
    parseInput(inpaintRequest, { model: model.id, image: asset, mask: asset, prompt: "a cat", ...change }),
    photo,
  );

function refusal(change: object, record = model): InfillError {
  try {
    resolve(change, record);
  } catch (error) {
    if (error instanceof InfillError) return error;
  }
  throw new Error("it was not refused");
}

describe("a request held against a model's record", () => {
  test("gets the model's defaults, and edit lengths relative to the photo", () => {
    const resolved = resolve({});
    expect(resolved).toMatchObject({ n: 1, strength: 0.7, outputFormat: "jpeg", providerOptions: { turbo: false } });
    expect(resolved.edit).toEqual({ crop: "auto", maskConvention: "white", grow: 0, feather: 4 });
  });

  test("erasing has its own defaults and its recorded prompt", () => {
    const erased = resolve({ operation: "erase", prompt: undefined });
    expect(erased).toMatchObject({ operation: "erase", prompt: "empty background", edit: { grow: 8, feather: 4 } });
    expect(resolve({ operation: "erase", prompt: "plain sand" }).prompt).toBe("plain sand");
  });

  test("options that exclude, narrow or need each other are held to it", () => {
    const record: ModelRecord = {
      ...model,
      constraints: [
        { given: "turbo", is: true, other: "style" },
        { given: "quality", other: "n", oneOf: [1, 2] },
        { given: "style", other: "quality", needed: true },
      ],
    };
    const detailsOf = (change: object) => refusal(change, record).options.errors;
    expect(detailsOf({ quality: "low", providerOptions: { turbo: true, style: "oil" } })).toEqual([
      { pointer: "/providerOptions/style", detail: "with turbo true, acme/paint takes no style" },
    ]);
    expect(detailsOf({ quality: "low", n: 3 })).toEqual([
      { pointer: "/n", detail: "with quality, acme/paint takes n 1 or 2 only" },
    ]);
    expect(detailsOf({ providerOptions: { style: "oil" } })).toEqual([
      { pointer: "/quality", detail: "with style, acme/paint needs quality" },
    ]);
    expect(resolve({ quality: "low", n: 2, providerOptions: { style: "oil" } }, record).n).toBe(2);
  });

  test("texts are held to their pattern, and a pointer is one whatever the option is called", () => {
    const codes = {
      type: "strings",
      max: 2,
      maxLength: 8,
      pattern: { is: "[0-9a-f]{2}", words: "2 hex digits" },
    } as const;
    const record: ModelRecord = { ...model, providerOptions: { codes } };
    const detailsOf = (providerOptions: object) => refusal({ providerOptions }, record).options.errors;
    for (const wrong of [["zz"], ["0a", "0ab"], ["0a\n"]])
      expect(detailsOf({ codes: wrong })).toEqual([
        { pointer: "/providerOptions/codes", detail: "takes 1 to 2 texts of 2 hex digits" },
      ]);
    expect(resolve({ providerOptions: { codes: ["0a", "ff"] } }, record).providerOptions).toEqual({
      codes: ["0a", "ff"],
    });
    expect(detailsOf({ "a/b~": 1 })).toEqual([
      { pointer: "/providerOptions/a~1b~0", detail: "acme/paint knows codes" },
    ]);
  });

  test("a model that erases by itself takes no prompt for it", () => {
    const native: ModelRecord = { ...model, erase: { how: "native", defaults: { grow: 0, feather: 0 } } };
    expect(refusal({ operation: "erase" }, native).options.pointer).toBe("/prompt");
    expect(resolve({ operation: "erase", prompt: undefined }, native).prompt).toBeUndefined();
  });

  test.each([
    [{ prompt: undefined }, "/prompt", "needs a prompt"],
    [{ prompt: "x".repeat(21) }, "/prompt", "has 21 characters; acme/paint takes at most 20"],
    [{ seed: 7 }, "/seed", "acme/paint does not take seed"],
    [{ n: 5 }, "/n", "a whole number from 1 to 4"],
    [{ quality: "medium" }, "/quality", "one of low, high"],
    [{ size: { width: 250, height: 512 } }, "/size", "multiples of 8"],
    [{ outputFormat: "webp" }, "/outputFormat", "gives png, jpeg"],
    [{ outputFormat: "png", outputQuality: 80 }, "/outputQuality", "png is lossless"],
    [{ providerOptions: { turbo: "yes" } }, "/providerOptions/turbo", "true or false"],
    [{ providerOptions: { toString: 1 } }, "/providerOptions/toString", "knows turbo, style"],
  ])("%j is refused at %s, saying what is allowed", (change, pointer, words) => {
    const error = refusal(change);
    expect(error).toMatchObject({ code: "unsupported_option", status: 422 });
    expect(error.options.errors).toEqual([{ pointer, detail: expect.stringContaining(words) }]);
  });

  test("a photo that its output format cannot hold is refused before it is paid for", () => {
    const request = parseInput(inpaintRequest, { model: model.id, image: asset, mask: asset, prompt: "a cat" });
    const wide = { width: 17_000, height: 1000, contentType: "image/webp" as const };
    expect(() => resolveRequest({ ...model, outputFormats: ["webp"] }, request, wide)).toThrow(/16383/);
  });

  test("at most twenty faults are listed, and the number of the others", () => {
    const providerOptions = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`o${i}`, 1]));
    const { message, options } = refusal({ providerOptions });
    expect(options.errors).toHaveLength(20);
    expect(message).toBe("/providerOptions/o0: acme/paint knows turbo, style; and 280 more faults than are listed");
  });

  test("an operation the model lacks is refused", () => {
    const { erase: _, ...only } = model;
    expect(refusal({ operation: "erase" }, only).options.pointer).toBe("/operation");
  });
});

describe("an option that can loosen a vendor's safety", () => {
  const record: ModelRecord = {
    ...model,
    providerOptions: {
      ...model.providerOptions,
      tolerance: { type: "integer", min: 0, max: 6, default: 2, safe: [0, 1, 2] },
      checker: { type: "boolean", default: true, safe: [true] },
    },
  };
  const holds = (providerOptions: Record<string, string | number | boolean>) => () =>
    refuseUnsafe(record, providerOptions);

  test.each([
    [{ tolerance: 3 }, "tolerance", ["0", "1", "2"]],
    [{ tolerance: 2, checker: false }, "checker", ["true"]],
  ])("is refused where it does: %j", (providerOptions, name, allowed) => {
    expect(holds(providerOptions)).toThrow(
      expect.objectContaining({
        code: "forbidden",
        message: `A client token cannot loosen ${name}, which is for your app's backend to set; leave it out`,
        options: { pointer: `/providerOptions/${name}`, details: { allowed } },
      }),
    );
  });

  test.each<Record<string, string | number | boolean>>([
    {},
    { tolerance: 0, checker: true },
    { turbo: true, style: "oil" },
    { toString: 1 },
  ])("is left alone where it does not: %j", (providerOptions) => expect(holds(providerOptions)).not.toThrow());

  test("with a value that it does not take is refused as that, not as this", () => {
    const value = { tolerance: 7, checker: "no" };
    expect(holds(value)).not.toThrow();
    expect(refusal({ providerOptions: value }, record).code).toBe("unsupported_option");
  });
});
