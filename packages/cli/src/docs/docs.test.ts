import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, startBench } from "./testing/bench.ts";
import { anchorsOf, type Block, blocksOf, PAGES, ROOT, textOf } from "./testing/blocks.ts";
import { FATES, type Fate } from "./testing/fates.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

/** A page's commands are several processes, one after the other. */
const PATIENCE_MS = 90_000;

const LIST = "packages/cli/src/docs/testing/fates.ts";
const HOW = `Every block of code is listed in ${LIST}, by page and in the page's order. Add ["language", fate]: a function \
runs the block against a simulated stack (look there for one that suits: \`prints\`, \`edits\`, \`isRequest\`, \`AWS\`, …), \
{ by: "path" } names another test that runs it, and { not: "why", check } says why nobody can.`;

/** Another test that says it runs this page, or the block's commands. */
function isRunBy(path: string, page: string, { code }: Block): void {
  expect(existsSync(join(ROOT, path)), `${path} is there`).toBe(true);
  const text = readFileSync(join(ROOT, path), "utf8");
  const commands = code.trim().split(/ && |\n/);
  expect(text.includes(basename(page)) || commands.every((command) => text.includes(command)), `${path} runs it`).toBe(
    true,
  );
}

/** What is to become of it, told in the test's name. */
const nameOf = (fate: Fate): string =>
  typeof fate === "function" ? "runs" : "by" in fate ? `is run by ${fate.by}` : `is not run: ${fate.not}`;

const treat = (fate: Fate, page: string, block: Block): unknown => {
  if (typeof fate === "function") return fate(bench, block);
  return "by" in fate ? isRunBy(fate.by, page, block) : fate.check?.(block.code);
};

test("every page there is has its blocks listed, and no other", () => {
  const withBlocks = PAGES.filter((page) => blocksOf(page).length > 0);
  expect(Object.keys(FATES).sort(), HOW).toEqual([...withBlocks].sort());
});

test.each(PAGES)("every block of %s is seen", (page) => {
  expect(textOf(page).match(/^ *```/gm)?.length ?? 0).toBe(blocksOf(page).length * 2);
});

test("the index leads to every page", () => {
  const index = textOf("docs/README.md");
  for (const page of PAGES.filter((path) => path.startsWith("docs/") && path !== "docs/README.md"))
    expect(index, `docs/README.md lists ${page}`).toContain(`](${basename(page)})`);
});

test.each(PAGES)("what %s links to is there", (page) => {
  for (const [, target = ""] of textOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(target)) continue;
    const [path = "", anchor] = target.split("#");
    const linked = path === "" ? page : join(dirname(page), path);
    expect(existsSync(join(ROOT, linked)), target).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(linked), target).toContain(anchor);
  }
});

describe.each(Object.entries(FATES))("%s", (page, fates) => {
  const blocks = existsSync(join(ROOT, page)) ? blocksOf(page) : [];
  const languages = blocks.map(({ language }) => language);
  const listed = fates.map(([language]) => language);
  if (languages.join() !== listed.join())
    return test("has the blocks that are listed", () => expect(languages, HOW).toEqual(listed));

  for (const [at, block] of blocks.entries()) {
    const [, fate] = fates[at] ?? [];
    if (fate !== undefined)
      test(`line ${block.line}, ${block.language || "text"}: ${nameOf(fate)}`, { timeout: PATIENCE_MS }, async () => {
        await treat(fate, page, block);
      });
  }
});
