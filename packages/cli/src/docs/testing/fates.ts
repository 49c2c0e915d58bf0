import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCatalogueSettings } from "@infill/providers/catalogue-settings";
import { expect } from "vitest";
import { expectDocumented } from "../../stack/testing/documented.ts";
import type { Bench } from "./bench.ts";
import type { Block } from "./blocks.ts";
import { namesCommands } from "./commands.ts";
import { inApp, inExpo, receives } from "./programs.ts";
import { isEdited, read, SAMPLE, serves } from "./readers.ts";
import { isDelivered, isPartOfJob, isRequest, isStreamed, streams } from "./wire.ts";

/** What becomes of a block: it is run here, another test runs it, or there is a reason why nobody does. */
export type Fate =
  | ((bench: Bench, block: Block) => Promise<unknown>)
  | { by: string }
  | { not: string; check?: (code: string) => Promise<void> };

const FIGURE: Fate = { not: "a figure" };
const GUIDE: Fate = { by: "packages/providers/test/guide.test.ts" };
const AWS: Fate = { not: "needs an AWS account", check: namesCommands };
const compiler = (language: string): Fate => ({ not: `no ${language} compiler comes with npm` });

/** Shell code whose edit is this file. */
const edits =
  (result: string): Fate =>
  async (bench, { code }) => {
    rmSync(join(bench.folder, result), { force: true }); // of another page
    writeFileSync(join(bench.folder, "photo.jpg"), read(bench, SAMPLE.photo));
    writeFileSync(join(bench.folder, "mask.png"), read(bench, SAMPLE.mask));
    await bench.sh(code);
    await isEdited(bench, read(bench, result));
  };

/** What the shell code before it was answered. */
const isJob =
  (file: string): Fate =>
  async (bench, { code }) =>
    expectDocumented(JSON.parse(read(bench, file).toString()), JSON.parse(code));

/** A setting of the operator's, as `infill serve` and a deployment read it. */
const isSetting: Fate = async (bench, { code }) => {
  const [, name = ""] = /^(\w+)=/.exec(code) ?? [];
  const value = (await bench.sh(`${code}\nprintf %s "$${name}"`)).trim();
  const models = Object.entries(JSON.parse(value) as object).flatMap(([model, next]) =>
    Array.isArray(next) ? [model, ...next] : [model],
  );
  for (const model of models) expect((await bench.caller.api(`/v1/models/${model}`)).status, model).toBe(200);
  expect(
    Object.values(readCatalogueSettings({ [name]: value })).filter((setting) => setting !== undefined),
  ).toHaveLength(1);
};

/** By page, in the page's order: the fence's language, and what becomes of the block. */
export const FATES: Readonly<Record<string, readonly [language: string, Fate][]>> = {
  "README.md": [
    ["sh", { by: ".ci/run" }],
    [
      "sh",
      async (bench, { code }) => {
        for (const line of code.trim().split("\n")) await serves(bench, line);
      },
    ],
    ["sh", edits("out.png")],
    ["sh", edits("result.png")],
    ["json", isJob("job.json")],
    ["", FIGURE],
  ],
  "docs/adding-a-provider.md": ["ts", "ts", "ts", "ts", "ts", "ts", "ts"].map((language) => [language, GUIDE]),
  "docs/api.md": [
    ["sh", async (bench, { code }) => expect(JSON.parse(await bench.sh(code))).toContain("/v1/inpaint")],
    [
      "sh",
      { not: "writes what functions/openapi/document.test.ts and examples.test.ts compare", check: namesCommands },
    ],
  ],
  "docs/architecture.md": [
    ["", FIGURE],
    ["", FIGURE],
  ],
  "docs/cost.md": [["sh", { not: "writes the page's own tables: infra/cost/cost.test.ts", check: namesCommands }]],
  "docs/deploy.md": [
    ["sh", AWS],
    ["", FIGURE],
    ["sh", AWS],
    ["sh", AWS],
    ["sh", AWS],
    ["sh", edits("out.png")],
    ["sh", { not: "takes minutes: infra/offline runs it for every test there", check: namesCommands }],
    ["sh", AWS],
    ["sh", AWS],
    ["sh", AWS],
  ],
  "docs/mobile.md": [
    ["tsx", inExpo],
    ["swift", compiler("Swift")],
    ["kotlin", compiler("Kotlin")],
  ],
  "docs/models.md": [
    ["json", isRequest],
    ["json", isPartOfJob],
    ["sh", isSetting],
    ["sh", isSetting],
  ],
  "docs/modelslab.md": [
    ["js", { by: "packages/cli/src/stack/modelslab-page.test.ts" }],
    ["js", { by: "packages/cli/src/stack/modelslab-page.test.ts" }],
  ],
  "docs/onemin.md": [["js", { by: "packages/cli/src/stack/onemin-pages.test.ts" }]],
  "docs/openai.md": [
    [
      "js",
      async (bench, { code }) => {
        await bench.node(code);
        await isEdited(bench, read(bench, "edited.png"));
      },
    ],
    ["sh", streams],
    ["", isStreamed],
  ],
  "docs/webhooks.md": [
    ["http", isDelivered],
    ["js", receives],
  ],
  "packages/client/README.md": [["ts", inApp]],
};
