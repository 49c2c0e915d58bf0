import { resolve } from "node:path";
import { buildDocument } from "./document.ts";
import { renderPage } from "./page.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** What is made of the API's code and kept in the repository: the specification for people and for programs. */
export function generatedFiles(): { path: string; text: string }[] {
  const document = buildDocument();
  return [
    { path: resolve(ROOT, "docs/openapi.json"), text: `${JSON.stringify(document, null, 2)}\n` },
    // as they are served; no JavaScript, so that no function loads them before somebody asks
    { path: resolve(ROOT, "functions/reference/openapi.txt"), text: JSON.stringify(document) },
    { path: resolve(ROOT, "functions/reference/reference.html"), text: renderPage(document) },
  ];
}
