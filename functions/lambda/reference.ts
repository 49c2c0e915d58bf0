import type { Reference } from "../api/context.ts";
import specification from "../reference/openapi.txt";
import page from "../reference/reference.html";

// the bundler puts both files beside the bundle and leaves their names: nothing of them is loaded at the start
async function read(name: string): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return readFile(new URL(name, import.meta.url), "utf8");
}

/** The reference as it was deployed. */
export const reference: Reference = {
  specification: () => read(specification),
  page: () => read(page),
};
