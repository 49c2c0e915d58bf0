import { expect, test } from "vitest";
import { flagOf, nearest } from "./edit-refusals.ts";

test.each([
  ["/model", "--model"],
  ["/model/1", "--model"],
  ["/operation", "--erase/--prompt"],
  ["/deadlineSeconds", "--deadline"],
  ["/negativePrompt", "--negative-prompt"],
  ["/edit/grow", "--grow"],
  ["/edit/maskConvention", "--mask-convention"],
  ["/size/width", "--size"],
  ["/providerOptions/sampler", "--provider-option sampler"],
  ["/outputFormat", "--format"],
])("%s is %s", (pointer, flag) => expect(flagOf(pointer)).toBe(flag));

const MODELS = ["local/fill", "modelslab/inpaint", "modelslab/erase", "stability/erase", "gpt-image-1-mini"];

test.each([
  ["modelslab/inpiant", "modelslab/inpaint"],
  ["Local/Fill", "local/fill"],
  ["inpaint", "modelslab/inpaint"],
  ["gpt-image-1-mni", "gpt-image-1-mini"],
  ["erase", undefined], // two are as near
  ["nope", undefined],
])("%s is nearest to %s", (name, model) => expect(nearest(name, MODELS)).toBe(model));
