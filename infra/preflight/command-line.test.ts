import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { environmentOf, readCommandLine, stageOf, withConcurrency } from "./command-line.ts";
import { folderWith } from "./testing.ts";

test("what is not the preflight's is sst's, in its order", () => {
  expect(readCommandLine(["--stage", "production", "--skip-preflight", "--verbose", "--target", "Api"])).toEqual({
    help: false,
    skipPreflight: true,
    forSst: ["--stage", "production", "--verbose", "--target", "Api"],
    stage: "production",
  });
  expect(readCommandLine(["--stage=ada"])).toMatchObject({ stage: "ada", forSst: ["--stage=ada"] });
});

test("the stage's own file wins over the common one, and both over what is set, as with sst", async () => {
  const root = await folderWith({ ".env": "A=common\nB=common\n", ".env.ada": "A=ada\n", ".env.bob": "A=bob\n" });
  const env = { A: "set", B: "set", C: "set" };
  expect(environmentOf(root, env, "ada")).toEqual({ A: "ada", B: "common", C: "set" });
  expect(environmentOf(root, env)).toMatchObject({ A: "common" });
});

test("the stage is the flag's, SST_STAGE, or the one sst noted", async () => {
  const root = await folderWith({});
  expect(stageOf(root, {})).toBeUndefined();
  await mkdir(join(root, ".sst"));
  await writeFile(join(root, ".sst/stage"), "ada\n");
  expect(stageOf(root, {})).toBe("ada");
  expect(stageOf(root, { SST_STAGE: "bob" })).toBe("bob");
  expect(stageOf(root, { SST_STAGE: "bob" }, "production")).toBe("production");
});

test.each([
  ["is what was measured", {}, 900, "900"],
  ["is at most what the setting takes", {}, 250_000, "99999"],
  ["stays what somebody has set", { INFILL_CONCURRENCY: "50" }, 900, "50"],
  ["is not said where AWS did not say it", {}, undefined, undefined],
])("the concurrency that the deployment is told %s", (_, env, measured, told) => {
  expect(withConcurrency(env, measured)["INFILL_CONCURRENCY"]).toBe(told);
});
