import { describe, expect, test } from "vitest";
import { InfillError } from "./errors.ts";
import { parseInput } from "./input.ts";
import { inpaintRequest } from "./schemas.ts";

const asset = `ast_${"0".repeat(26)}`;
const minimal = { model: "local/fill", image: asset, mask: asset };

function refusal(change: object): InfillError {
  try {
    parseInput(inpaintRequest, { ...minimal, ...change });
  } catch (error) {
    if (error instanceof InfillError) return error;
  }
  throw new Error("it was not refused");
}

describe("an inpaint request", () => {
  test("needs a model, a photo and a mask, and has defaults for the rest", () => {
    expect(parseInput(inpaintRequest, minimal)).toEqual({
      ...minimal,
      operation: "replace",
      n: 1,
      edit: { crop: "auto", maskConvention: "white" },
      deadlineSeconds: 900,
      providerOptions: {},
      metadata: {},
    });
  });

  test("may edit a result of an earlier job", () => {
    const job = `job_${"1".repeat(26)}`;
    expect(parseInput(inpaintRequest, { ...minimal, image: { job } }).image).toEqual({ job, result: 0 });
  });

  test.each([
    [{ promt: "a typo" }, "/promt"],
    [{ prompt: "" }, "/prompt"],
    [{ prompt: "nice \u202e cat" }, "/prompt"],
    [{ prompt: "nul \u0000" }, "/prompt"],
    [{ prompt: "half a \ud83d pair" }, "/prompt"],
    [{ prompt: "x".repeat(32_001) }, "/prompt"],
    [{ n: 0 }, "/n"],
    [{ n: 1.5 }, "/n"],
    [{ n: "2" }, "/n"],
    [{ mask: "ast_1" }, "/mask"],
    [{ image: "https://example.com/cat.png" }, "/image"],
    [{ edit: { grow: -1 } }, "/edit/grow"],
    [{ edit: { blur: 3 } }, "/edit/blur"],
    [{ deadlineSeconds: 29 }, "/deadlineSeconds"],
    [{ webhook: "ftp://example.com" }, "/webhook"],
    [{ webhook: "javascript:alert(1)" }, "/webhook"],
    [{ metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, ""])) }, "/metadata"],
    [{ providerOptions: { deep: { er: 1 } } }, "/providerOptions/deep"],
    [{ seed: 4_294_967_296 }, "/seed"],
    [{ operation: "destroy" }, "/operation"],
  ])("%j is refused at %s", (change, pointer) => {
    const error = refusal(change);
    expect(error).toMatchObject({ code: "invalid_request", status: 422 });
    expect(error.options.errors?.map((e) => e.pointer)).toContain(pointer);
  });

  test.each([
    [{ model: [1] }, "/model: must be a model's name, or a list of 1 to 5 of them"],
    [{ model: ["a", "b", "c", "d", "e", "f"] }, "/model: must be a model's name, or a list of 1 to 5 of them"],
    ...[5, "https://example.com/photo.png"].map((image): [object, string] => [
      { image },
      '/image: must be the id of an upload (ast_…), or a result: {"job": "job_…", "result": 0}; nothing is fetched from an address',
    ]),
    [{ mask: undefined }, "/mask: is required"],
    [{ model: undefined }, "/model: is required: a model's name, or a list of 1 to 5 of them"],
    [
      { image: undefined },
      '/image: is required: the id of an upload (ast_…), or a result: {"job": "job_…", "result": 0}; nothing is fetched from an address',
    ],
    [{ negative: "x" }, "/negative: is not a known field; did you mean negativePrompt?"],
    [{ edit: { blur: 3 } }, "/edit/blur: is not a known field; there are crop, padding, feather, grow, maskConvention"],
    [{ prompt: " \n\u3000" }, "/prompt: must not be empty, nor white space alone; leave it out instead"],
    [{ negativePrompt: "\t" }, "/negativePrompt: must not be empty, nor white space alone; leave it out instead"],
    ...[{}, null, [1], "x".repeat(2001), Array.from({ length: 17 }, String)].map((a): [object, string] => [
      { providerOptions: { a } },
      "/providerOptions/a: must be a text of at most 2000 characters, a number, true or false, or a list of at most 16 such texts",
    ]),
    [{ providerOptions: 5 }, "/providerOptions: must be an object: options by name"],
    [
      { providerOptions: { ["k".repeat(65)]: 1 } },
      `/providerOptions/${"k".repeat(65)}: is no option's name: it has more than 64 characters`,
    ],
  ])("%j is told what is allowed", (change, message) => {
    expect(refusal(change).message).toBe(message);
  });

  test("several faults are named at once", () => {
    expect(refusal({ n: 0, seed: -1, colour: "red" }).options.errors).toHaveLength(3);
  });

  test("text is brought to one normal form", () => {
    expect(parseInput(inpaintRequest, { ...minimal, prompt: "cafe\u0301" }).prompt).toBe("café");
  });
});
