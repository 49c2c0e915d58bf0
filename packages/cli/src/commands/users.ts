import type { Command } from "commander";
import type { UserDeletion } from "../api/types.ts";
import { type ApiFlags, type Context, connect, printJson } from "../context.ts";
import { interrupted } from "../exit.ts";
import { createProgress, silent } from "../output/progress.ts";
import { counted } from "../output/words.ts";

const HELP = `
Every job of theirs: pictures, prompts and all that was said of it; what they uploaded; and their name in the
books, whose sums stay. What goes on is canceled first. It may be stopped and run again at any time.

Example:
  infill users delete anna`;

/** Between calls, while jobs come to their end, ms. */
const PAUSE_MS = 1000;

const BLOCK_HELP = `
Edits, uploads and tokens for them are refused from then on, whichever key or token asks. What goes on goes on.

Example:
  infill users block anna`;

const UNBLOCK_HELP = `
Edits, uploads and tokens for them are taken again from then on. Nothing that was refused is made up for.

Example:
  infill users unblock anna`;

export function usersCommand(program: Command, context: Context): void {
  const users = program.command("users").description("Look after your app's end users.");
  for (const [name, blocked, description, help] of [
    ["block", true, "Have nothing more made for an end user.", BLOCK_HELP],
    ["unblock", false, "Lift an end user's block.", UNBLOCK_HELP],
  ] as const)
    users
      .command(`${name} <user>`)
      .description(description)
      .option("--json", "print how it stands")
      .addHelpText("after", help)
      .action((user: string, _: unknown, command: Command) =>
        blockUser(context, user, blocked, command.optsWithGlobals<ApiFlags>()),
      );
  users
    .command("delete <user>")
    .description("Erase all that is kept of an end user: jobs, uploads, their name in the books.")
    .option("--json", "print what was erased")
    .addHelpText("after", HELP)
    .action((user: string, _: unknown, command: Command) =>
      deleteUser(context, user, command.optsWithGlobals<ApiFlags>()),
    );
}

async function blockUser(context: Context, user: string, blocked: boolean, flags: ApiFlags): Promise<void> {
  const block = await connect(context, flags).blockUser(user, blocked);
  if (flags.json) return printJson(context, block);
  const since = block.blockedAt === undefined ? "" : ` since ${block.blockedAt}`;
  context.stdout.write(blocked ? `${user} is blocked${since}.\n` : `${user} is not blocked.\n`);
}

async function deleteUser(context: Context, user: string, flags: ApiFlags): Promise<void> {
  const client = connect(context, flags);
  const signal = context.takeInterrupts();
  const progress = flags.json ? silent : createProgress(context.stderr);
  let erased = 0;
  let latest: UserDeletion;
  try {
    do {
      latest = await client.deleteUser(user, signal);
      erased += latest.jobs.erased;
      progress.show(
        `Erasing ${user}`,
        undefined,
        `${counted(erased, "job")} erased, ${latest.jobs.pending} being canceled`,
      );
      const waits = latest.jobs.pending > 0 || latest.jobs.erased === 0;
      if (waits && !latest.deleted) await context.clock.sleep(PAUSE_MS, signal);
    } while (!latest.deleted);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw interrupted(
      `${counted(erased, "job")} of ${user} ${erased === 1 ? "is" : "are"} erased, and some are left: run it again`,
      { user, erased },
    );
  } finally {
    progress.end();
  }
  if (flags.json) return printJson(context, { user, deleted: true, erased });
  if (erased === 0)
    return void context.stdout.write(
      `There was no job of ${user}; uploads, if there were any, are erased. Is that the name that your app gives?\n`,
    );
  context.stdout.write(
    `Nothing of ${user} is left: ${counted(erased, "job")} ${erased === 1 ? "was" : "were"} erased.\n`,
  );
}
