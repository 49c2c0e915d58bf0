import { existsSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, extname, join, parse, resolve } from "node:path";
import { CliError, EXIT, usageError } from "../exit.ts";

export type Format = "png" | "jpeg" | "webp";

const FORMATS: Readonly<Record<string, Format>> = { ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp" };
const EXTENSIONS: Readonly<Record<string, string>> = {
  "image/png": ".png",
  "image/jpeg": ".jpg",
  "image/webp": ".webp",
};

/** The extension of a result of this content type; `undefined` for what is no result's. */
export const extensionOf = (contentType: string): string | undefined => EXTENSIONS[contentType];

/** Where results go, decided before anything is uploaded or paid for. */
export interface OutputPlan {
  /** What the name asked for says about the format, if anything. */
  format: Format | undefined;
  /** The path for each result. @param contentTypes of the results, in order */
  paths(contentTypes: readonly string[]): string[];
  /** Replace what is there. */
  force: boolean;
}

/**
 * A file that was named is written exactly there, `-0`, `-1`, … before its extension when several are
 * asked for; one that exists is refused unless forced. Without a name (or with a folder's) it is
 * `{base}-edited{ext}`, and a number is added until nothing is in the way.
 *
 * @param base path without extension that default names begin with
 * @param count how many results are asked for
 * @throws CliError (2) for a name that cannot be used
 */
export function planOutputs(wish: {
  out: string | undefined;
  base: string;
  count: number;
  force: boolean;
  cwd: string;
}): OutputPlan {
  const { out, count, force, cwd } = wish;
  const isFolder = out !== undefined && statSync(resolve(cwd, out), { throwIfNoEntry: false })?.isDirectory() === true;
  if (out === undefined || isFolder) {
    const base = isFolder ? join(out, parse(wish.base).base) : wish.base;
    return { format: undefined, force: false, paths: (types) => freePaths(base, count, types, cwd) };
  }

  const folder = dirname(resolve(cwd, out));
  if (!existsSync(folder)) throw usageError(`The folder ${folder} does not exist`);
  const extension = extname(out);
  const format = FORMATS[extension.toLowerCase()];
  if (extension !== "" && format === undefined)
    throw usageError(`${out}: results are png, jpeg or webp, so a name ends in .png, .jpg or .webp`);
  const stem = out.slice(0, out.length - extension.length);
  const paths = numbered(stem, count).map((name) => name + extension);
  const taken = force ? undefined : paths.find((path) => existsSync(resolve(cwd, path)));
  if (taken !== undefined) throw usageError(`${taken} exists; choose another name, or replace it with --force`);
  return { format, force, paths: () => paths };
}

const numbered = (stem: string, count: number): string[] =>
  count === 1 ? [stem] : Array.from({ length: count }, (_, i) => `${stem}-${i}`);

function freePaths(base: string, count: number, contentTypes: readonly string[], cwd: string): string[] {
  for (let round = 1; ; round++) {
    const names = numbered(round === 1 ? base : `${base}-${round}`, count);
    const paths = contentTypes.map((type, i) => `${names[i] ?? base}${extensionOf(type) ?? ""}`);
    if (!paths.some((path) => existsSync(resolve(cwd, path)))) return paths;
  }
}

/** @throws CliError (1) that says how to get the result after all: it is paid for */
export async function saveResult(
  path: string,
  bytes: Uint8Array,
  { cwd, force, again }: { cwd: string; force: boolean; again: string },
): Promise<void> {
  try {
    await writeFile(resolve(cwd, path), bytes, { flag: force ? "w" : "wx" });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new CliError(
      EXIT.failed,
      "not_saved",
      `${path} cannot be written (${code}). The result is kept: ${again} -o PATH`,
    );
  }
}
