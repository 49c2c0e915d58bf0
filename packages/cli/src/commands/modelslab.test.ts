import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mask, photo } from "@infill/functions/testing";
import type { Behaviour } from "@infill/simulators";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestStack, type TestStack } from "../stack/testing/test-stack.ts";
import { run, workFolder } from "../testing/run.ts";

describe("infill edit through ModelsLab, one accepted submit each time", () => {
  let t: TestStack;
  beforeAll(async () => {
    t = await startTestStack();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const cases: [string, Behaviour][] = [
    ["by webhook", {}],
    ["with every callback dropped, by polling", { callback: "never" }],
    ["with the callback arriving before the submit's answer", { callback: "early" }],
    ["with the submit's answer lost after acceptance", { answer: "reset" }],
  ];

  test.each(cases)("%s", async (_, behaviour) => {
    using folder = workFolder();
    writeFileSync(join(folder.path, "photo.png"), await photo());
    writeFileSync(join(folder.path, "mask.png"), await mask());
    const before = t.modelsLab.jobs.length;
    t.modelsLab.behave(behaviour);

    const argv = ["edit", "photo.png", "-m", "mask.png", "--model", "modelslab/inpaint", "-p", "a hat", "--json"];
    const edit = run(argv, { cwd: folder.path, url: t.url, env: { INFILL_API_KEY: t.key } });
    const { exitCode, stdout, stderr } = await t.during(edit);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      job: { status: "succeeded", simulated: true, results: [{ fidelity: { changedOutside: 0 } }] },
      files: ["photo-edited.png"],
    });
    expect(t.modelsLab.jobs.length - before).toBe(1);
  });
});
