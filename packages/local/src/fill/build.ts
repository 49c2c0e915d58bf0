import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const SOURCE = new URL("assembly/kernel.ts", import.meta.url);
const ARTEFACT = new URL("kernel.wasm.ts", import.meta.url);

/**
 * Compiles `assembly/kernel.ts` and returns the text of `kernel.wasm.ts`. The same source gives the same text.
 *
 * @throws Error with the compiler's messages when the source does not compile
 */
export async function compileKernel(): Promise<string> {
  const source = await readFile(SOURCE, "utf8");
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      "kernel.ts",
      "--enable",
      "simd",
      "--runtime",
      "stub",
      "-O3",
      "--noAssert",
      "--converge",
      "--outFile",
      "kernel.wasm",
    ],
    {
      readFile: (name) => (name === "kernel.ts" ? source.replaceAll(/^\/\/ @inline$/gm, "@inline") : null),
      writeFile: (_name, contents) => {
        if (typeof contents !== "string") binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`assembly/kernel.ts does not compile:\n${stderr.toString()}`, { cause: error });
  const lines =
    Buffer.from(binary)
      .toString("base64")
      .match(/.{1,112}/g) ?? [];
  return [
    "// Made by build.ts from assembly/kernel.ts: do not edit.",
    `/** sha256 of the source it was made from. */`,
    `export const KERNEL_SOURCE_SHA256 = "${createHash("sha256").update(source).digest("hex")}";`,
    `/** The WebAssembly module, ${binary.length} bytes, in base64. */`,
    "export const KERNEL_BASE64 =",
    `${lines.map((line) => `  "${line}"`).join(" +\n")};`,
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await compileKernel();
  if (!process.argv.includes("--check")) {
    await writeFile(ARTEFACT, text);
  } else if (text !== (await readFile(ARTEFACT, "utf8"))) {
    console.error(
      "kernel.wasm.ts is not what assembly/kernel.ts compiles to: run `node packages/local/src/fill/build.ts`",
    );
    process.exitCode = 1;
  }
}
