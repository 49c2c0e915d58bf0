import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { generatedFiles } from "./files.ts";

for (const { path, text } of generatedFiles()) {
  writeFileSync(path, text);
  console.log(`${relative(process.cwd(), path)} ${Math.round(text.length / 1000)} KB`);
}
