import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT, textOf } from "./testing/blocks.ts";

const page = textOf("docs/security.md");

/** Rows of the page's tables, but for what heads them. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (---|What can|What must|Mistake)/.test(line));
const named = rows.map((row) => ({
  row: row.split(" | ")[0]?.slice(2) ?? "",
  tests: [...row.matchAll(/`([\w./-]+\.ts)` “([^”]+)”/g)].map(([, file = "", title = ""]) => ({ file, title })),
}));

/** As a regular expression has it. */
const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
/** `test("…"`, `test.each(…)("…"`: a title is the first thing in a pair of parentheses, and something follows it. */
const isTitled = (source: string, title: string): boolean =>
  new RegExp(`\\(\\s*(["'\`])${literally(title)}\\1,`).test(source);

describe("docs/security.md", () => {
  test("has its tables", () => {
    expect(named.length).toBeGreaterThan(60);
  });

  test.each(named)("names the tests that show it: $row", ({ tests }) => {
    expect(tests.length).toBeGreaterThan(0);
    for (const { file, title } of tests) {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      expect(isTitled(textOf(file), title), `“${title}” in ${file}`).toBe(true);
    }
  });

  test("has every mistake that the simulation must find, and no other", () => {
    const mutants = [...textOf("packages/simulation/src/mutants.ts").matchAll(/^ {2}"([a-z-]+)": \{/gm)];
    const mistakes = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)];
    expect(mistakes.map(([, name]) => name)).toEqual(mutants.map(([, name]) => name));
  });

  test("is told when a title is not there", () => {
    expect(isTitled('test.each(KINDS)(\n  "is refused", () => {})', "is refused")).toBe(true);
    expect(isTitled('const words = "is refused"; test("is refused, too", () => {})', "is refused")).toBe(false);
  });
});
