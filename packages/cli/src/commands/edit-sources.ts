import { join, parse, resolve } from "node:path";
import type { Client } from "../api/client.ts";
import { type Picture, readPicture } from "../api/picture.ts";
import { type InpaintBody, isModel, type ModelView } from "../api/types.ts";
import { CliError, EXIT, usageError } from "../exit.ts";
import { whyNot } from "../output/models.ts";

/** What an argument names: a file to upload, or something the server has already. */
export type Source =
  | { kind: "file"; picture: Picture }
  | { kind: "stored"; reference: InpaintBody["image"]; name: string };

/** A file's path, an upload's id, or – for a photo – an earlier result: `job_…` or `job_…/1`. */
export async function readSource(argument: string, role: "photo" | "mask", cwd: string): Promise<Source> {
  if (/^ast_[0-9a-z]{26}$/.test(argument)) return { kind: "stored", reference: argument, name: argument };
  const [, job, result = "0"] = /^(job_[0-9a-z]{26})(?:\/(\d))?$/.exec(argument) ?? [];
  if (job !== undefined && role === "photo")
    return { kind: "stored", reference: { job, result: Number(result) }, name: job };
  return { kind: "file", picture: await readPicture(resolve(cwd, argument), role) };
}

/** `holiday/beach.jpg` → `holiday/beach-edited`, which an extension follows. */
export function defaultBase(argument: string, source: Source): string {
  if (source.kind === "stored") return `${source.name}-edited`;
  const { dir, name } = parse(argument);
  return join(dir, `${name}-edited`);
}

const FAVOURITE = "local/fill";

/**
 * The model that is named, or those of a list with commas between; and when none is, the keyless local one where it can do what is asked, else the
 * first that can and of which nobody has said that it ends. One that ignores prompts cannot do what a prompt asks.
 * @throws CliError (1) when none can
 */
export async function chooseModel(
  client: Client,
  wish: { model: string | undefined; operation: "replace" | "erase"; prompt: string | undefined },
  signal: AbortSignal,
): Promise<InpaintBody["model"]> {
  const { operation, prompt } = wish;
  if (wish.model !== undefined) return wish.model.includes(",") ? wish.model.split(/\s*,\s*/) : wish.model;
  const canDo = (model: ModelView): boolean =>
    operation === "replace"
      ? model.replace !== undefined && model.replace.prompt !== "ignored"
      : model.erase !== undefined && (prompt === undefined || model.erase.how === "prompt");
  const models = (await client.models(signal)).filter(isModel).filter(canDo);
  const usable = models.filter((model) => model.available);
  const lasting = usable.find(({ shutdownAt }) => shutdownAt === undefined);
  const chosen = usable.find((model) => model.id === FAVOURITE) ?? lasting ?? usable[0];
  if (chosen !== undefined) return chosen.id;
  const [first] = models;
  const why = first === undefined ? "" : whyNot([first]).map((reason) => `; ${reason}`);
  const what = prompt === undefined ? operation : `${operation} by a prompt`;
  throw new CliError(EXIT.failed, "no_model", `No model at ${client.url} can ${what} now${why}`);
}

/** The one of both sources that must be files or uploads. @throws CliError (2) for a mask that is a job */
export function assetOf(reference: InpaintBody["image"]): string {
  if (typeof reference === "string") return reference;
  throw usageError("A mask is a picture or an upload's id, not a job");
}
