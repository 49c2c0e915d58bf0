import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../../../../..");

/** A fenced block of a page. */
export interface Block {
  /** As its fence says; `""` for a figure. */
  language: string;
  code: string;
  /** Of its fence, from 1. */
  line: number;
}

/** Every page there is for people, from the root. */
export const PAGES: readonly string[] = [
  "README.md",
  ...readdirSync(join(ROOT, "docs")).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
  "packages/client/README.md",
  "packages/simulators/README.md",
];

export const textOf = (page: string): string => readFileSync(join(ROOT, page), "utf8");

export const blocksOf = (page: string): Block[] => {
  const text = textOf(page);
  return [...text.matchAll(/^( *)```(\S*).*\n([\s\S]*?)^\1```$/gm)].map(
    ({ index, 2: language = "", 3: code = "" }) => ({
      language,
      code,
      line: text.slice(0, index).split("\n").length,
    }),
  );
};

/** What a page's headings are called in links. */
export const anchorsOf = (page: string): string[] =>
  [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
