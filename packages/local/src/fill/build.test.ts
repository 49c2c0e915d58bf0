import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { compileKernel } from "./build.ts";

test("the committed kernel is what its source compiles to, byte for byte", async () => {
  expect(await compileKernel()).toBe(await readFile(new URL("kernel.wasm.ts", import.meta.url), "utf8"));
});
