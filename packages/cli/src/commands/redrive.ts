import type { Command } from "commander";
import type { StageFlags } from "../aws/deployed-stage.ts";
import { type Context, printJson } from "../context.ts";
import { CliError, EXIT } from "../exit.ts";
import { createProgress, silent } from "../output/progress.ts";
import { styles } from "../output/style.ts";
import { counted } from "../output/words.ts";
import type { Action, Redriven } from "../redrive/redrive.ts";

const HELP = `
For the alarm "a job could not be started or ended; the queue has it". Jobs and deliveries that were never
started are started, jobs that are over time or whose execution ended are ended, and a message is deleted
once that is done. Your AWS credentials are what lets you. It may be run twice, and by two at once.

Examples:
  infill jobs redrive --stage production --dry-run
  infill jobs redrive --stage production`;

interface RedriveFlags extends StageFlags {
  dryRun?: true;
  json?: boolean;
}

export function redriveCommand(jobs: Command, context: Context): void {
  jobs
    .command("redrive")
    .description("Do again what the alarm's queue says could not be done.")
    .requiredOption("--stage <stage>", "the deployed stage")
    .option("--region <region>", "where it is deployed (AWS_REGION)")
    .option("--dry-run", "say what would be done, and do nothing")
    .option("--json", "print what was done as JSON")
    .addHelpText("after", HELP)
    .action((_: unknown, command: Command) => runRedrive(context, command.optsWithGlobals<RedriveFlags>()));
}

async function runRedrive(context: Context, flags: RedriveFlags): Promise<void> {
  const { env, clock, stdout, stderr } = context;
  const { dryRun = false, json } = flags;
  // loaded when it is needed: no other command talks to all of AWS
  const [{ openStage }, { redrive }, { openLostQueue }, { findStage }, { randomIds }] = await Promise.all([
    import("../aws/open-stage.ts"),
    import("../redrive/redrive.ts"),
    import("../aws/lost-queue.ts"),
    import("../aws/deployed-stage.ts"),
    import("@infill/core"),
  ]);
  const found = await findStage(env, flags);
  const stage = openStage(found, { env, clock });
  const queue = openLostQueue(found);
  const progress = json ? silent : createProgress(stderr);
  let acted = 0;
  try {
    const done = await redrive({
      ...stage,
      queue,
      clock,
      ids: randomIds,
      dryRun,
      // what it does is told; what else is worth a line goes where people look
      log: { info() {}, warn: (message) => progress.say(message), error: (message) => progress.say(message) },
      onAction: () => progress.show("Working through the queue", undefined, `${++acted} ${dryRun ? "found" : "done"}`),
    });
    progress.end();
    if (!json) stdout.write(`${describe(done, dryRun, styles(stdout)).join("\n")}\n`);
    const document = { dryRun, ...done };
    if (done.kept.length > 0)
      throw new CliError(
        EXIT.failed,
        "not_all_redriven",
        `${done.kept.length} of ${counted(done.messages, "message")} ${done.kept.length === 1 ? "stays" : "stay"} in the queue; run this again when what is said of ${done.kept.length === 1 ? "it" : "them"} is mended`,
        document,
      );
    if (json) printJson(context, document);
  } finally {
    progress.end();
    queue.close();
    stage.close();
  }
}

const DONE: Record<Action["does"], string> = { start: "started", deliver: "delivering", expire: "ended" };
const PLANNED: Record<Action["does"], string> = { start: "would start", deliver: "would deliver", expire: "would end" };

function describe({ messages, deleted, kept, actions }: Redriven, dryRun: boolean, style: ReturnType<typeof styles>) {
  if (messages === 0) return ["The queue is empty: nothing is lost."];
  const words = dryRun ? PLANNED : DONE;
  return [
    ...actions.map(({ does, id, failure }) =>
      failure === undefined
        ? `${style.green("✓")} ${words[does]} ${id}`
        : `${style.red("✗")} could not ${does} ${id}: ${failure}`,
    ),
    ...(actions.length === 0 ? ["Nothing was left to do: it has been done since."] : []),
    ...kept.map(({ message, because }) => `${style.red("✗")} message ${message} stays: ${because}`),
    dryRun
      ? `${counted(messages, "message")} ${messages === 1 ? "is" : "are"} in the queue; nothing was done.`
      : `${deleted} of ${counted(messages, "message")} deleted.`,
  ];
}
