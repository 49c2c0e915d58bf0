import { readFile } from "node:fs/promises";
import type { Reference } from "../api/context.ts";

const read = (name: string) => readFile(new URL(name, import.meta.url), "utf8");

/** The reference as it stands in the repository, read when somebody asks for it. */
export const reference: Reference = {
  specification: () => read("openapi.txt"),
  page: () => read("reference.html"),
};
