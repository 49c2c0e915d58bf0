import { join, parse } from "node:path";
import type { Command } from "commander";
import { type ApiFlags, type Context, connect, printJson } from "../context.ts";
import { usageError } from "../exit.ts";
import { extensionOf, type Format, planOutputs, saveResult } from "../output/files.ts";
import { bytes } from "../output/words.ts";

const HELP = `
N counts from 0, which is the default. Without --out the picture goes to ID-N.EXT here.

Example:
  infill result job_… 1 -o second.png`;

interface ResultFlags extends ApiFlags {
  out?: string;
  force?: true;
}

export function resultCommand(program: Command, context: Context): void {
  program
    .command("result <id> [n]")
    .description("Download a result of a finished job.")
    .option("-o, --out <path>", "where it goes")
    .option("--force", "replace --out if it exists")
    .option("--json", "print {path, contentType, bytes}")
    .addHelpText("after", HELP)
    .action(async (id: string, n: string | undefined, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ResultFlags>();
      const index = Number(n ?? "0");
      if (!/^\d$/.test(n ?? "0")) throw usageError(`A result's number is 0 to 9, not ${n}`);
      const { cwd } = context;
      const force = flags.force ?? false;
      const plan = planOutputs({ out: flags.out, base: `${id}-${index}`, count: 1, force, cwd });

      const picture = await connect(context, flags).download(id, index);
      checkName(flags.out, plan.format, picture.contentType);
      const [path = ""] = plan.paths([picture.contentType]);
      await saveResult(path, picture.bytes, { cwd, force: plan.force, again: `npx infill result ${id} ${index}` });
      const { contentType } = picture;
      if (flags.json) return printJson(context, { path, contentType, bytes: picture.bytes.length });
      context.stderr.write(`${contentType}, ${bytes(picture.bytes.length)}\n`);
      context.stdout.write(`${path}\n`);
    });
}

/** @throws CliError (2) for a file whose name says another format than the result has */
function checkName(out: string | undefined, named: Format | undefined, contentType: string): void {
  const extension = extensionOf(contentType);
  if (out === undefined || named === undefined || extension === undefined || contentType === `image/${named}`) return;
  const { dir, name } = parse(out);
  throw usageError(
    `${out} is a ${named} by its name, but the result is ${contentType.slice("image/".length)}: name it ${join(dir, name + extension)}`,
  );
}
